"""Routes of annotated classes and of Spring's functional routers, with what guards them."""

import re

from backend_agent import catalog
from backend_agent.facts import openapi
from backend_agent.facts.routes._jvm import Cls, Project, module_of
from backend_agent.facts.routes._spring_security import Chains, chains_of
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = Any

SECURITY = re.compile(
    r"SecurityFilterChain|SecurityWebFilterChain|HttpSecurity\b|OncePerRequestFilter|HandlerInterceptor\b|WebFilter\b|implements\s+Filter\b"
)
DEPENDENCY = re.compile(
    r"spring-(?:boot-starter-)?security|oauth2-resource-server|quarkus-(?:oidc|security|smallrye-jwt)|micronaut-security|shiro|sa-token|keycloak"
)
BUILD = ("pom.xml", "build.gradle", "build.gradle.kts", "libs.versions.toml")
DEEP = 30
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
PACKAGE = re.compile(r"(?<![\w.])(?:com|org|net|io|dev|de|fr|uk|us|me)/(?:[\w]+/)*")
"""Folders of a package: their names say nothing about what the files are for."""
REFUSES = re.compile(r"(?i)sendError|setStatus|unauthori[sz]ed|forbidden|return\s+false|\bthrow\b")
OTHERS = re.compile(
    r"OncePerRequestFilter|HandlerInterceptor|\bWebFilter\b|implements\s+Filter\b|GenericFilterBean|@Aspect\b|ArgumentResolver\b"
)
NAMED = re.compile(r"Secur|Auth|Filter|Interceptor|Jwt|Token|Aspect|Resolver|Login")
SERVLET = re.compile(
    r"(?:ServletContainer|HttpServletDispatcher|HttpServlet30Dispatcher|CXFServlet|CXFNonSpringJaxrsServlet)\b[^;]*?\"(/[^\"*]*)\*\""
    r"|jersey\(\)\s*\.setUrlPattern\(\s*\"(/[^\"*]*)\*?\""
)
"""A servlet of a JAX-RS implementation and the path it is mounted at."""
GENERATED = re.compile(r"\w(?:Api|ApiDelegate|ApiService|Resource)$")
DOCUMENT = re.compile(
    r"(?:^|/)[\w.-]*(?:openapi|swagger|api)[\w.-]*\.(?:ya?ml|json)$|(?:^|/)(?:openapi|swagger)/[\w./-]+\.(?:ya?ml|json)$", re.IGNORECASE
)
JAX_RS = re.compile(r"import (?:jakarta|javax)\.ws\.rs\b")
ROUTER = re.compile(r"RouterFunction|RouterFunctionDsl")


def optional(annots: "list[Any]") -> bool:
    """Whether a class counts only under a setting or a profile."""
    return any(name.startswith("Conditional") or name == "Profile" for name, *_ in annots)


def servlet_path(text: str) -> str:
    """The path of the JAX-RS servlet of a web.xml."""
    for block in re.findall(r"<servlet>.*?</servlet>", text, re.DOTALL):
        name = re.search(r"<servlet-name>\s*([^<]+?)\s*</", block)
        if name and re.search(r"jersey|resteasy|jaxrs|cxf|javax\.ws\.rs|jakarta\.ws\.rs", block, re.IGNORECASE):
            where = re.search(
                rf"<servlet-mapping>\s*<servlet-name>\s*{re.escape(name.group(1))}\s*</servlet-name>\s*<url-pattern>\s*([^<]+?)\s*</", text
            )
            if where and where.group(1).endswith("*"):
                return where.group(1).rstrip("*").strip("/")
    return ""


class Spring:
    """The annotated classes and router functions of one repository."""

    def __init__(self, repository: Repository, facts: "dict[str, Any]", ending: str) -> None:
        content = catalog.load("facts", "java")
        self.mappings: dict[str, str] = content["mappings"]
        self.controllers: dict[str, str] = content["controllers"]
        self.clients = set(content["clients"])
        self.guards: dict[str, dict[str, Any]] = content["guards"]
        self.keys: dict[str, str] = content["prefixes"]
        self.skip = re.compile(content["skip"])
        self.states: dict[str, str] = content["rules"]
        self.chains: dict[str, Chains | None] = {}
        kept = {path: unit for path, unit in facts.items() if not self.skipped(path)} or facts
        self.repository = repository
        self.project = Project(repository, kept, ending)
        self.kept = kept
        self.routes: list[Route] = []
        self.left: set[tuple[str, int, str]] = set()
        self.switches = {a[0] for unit in kept.values() for c in unit["classes"] if not optional(c["annots"]) for a in c["annots"]}
        self.single = sum(any(a[0] == "SpringBootApplication" for a in c["annots"]) for unit in kept.values() for c in unit["classes"]) == 1
        """One application of several modules: its chains decide for all of them."""
        self.secured = self.find_security()
        self.functions: list[Any] = []
        self.inlined: set[int] = set()
        """Methods whose routes another one took in: they count there, below its prefix."""
        self.running: list[int] = []
        self.refusing = self.find_refusing() if self.secured else ""
        self.prefixed = self.find_prefixes()
        self.applications: dict[str, str] | None = None
        self.documents: dict[str, dict[str, list[tuple[str, str]]]] = {}

    def skipped(self, path: str) -> bool:
        """Whether a file is a test or an example; a package may be called `example` and is none."""
        head, found, _ = f"/{path}".partition("/src/main/")
        return bool(self.skip.search(f"{head}/".lstrip("/") if found else PACKAGE.sub("/", path)))

    def all(self) -> "tuple[list[Route], list[Unresolved]]":
        for path in sorted(self.kept):
            for cls in list(self.project.by_file.get(path, [])):
                self.controller(cls)
                self.generated(cls)
                self.functional(cls)
                self.sockets(cls)
        for row in self.functions:
            if id(row[5]) not in self.inlined or any(a[0] == "Bean" for a in row[5]["annots"]):
                self.add_function(row)
        return self.routes, [Unresolved(*row) for row in sorted(self.left)]

    def find_security(self) -> str:
        """Where a mechanism is that may guard any route, "" where the repository holds none."""
        for path in self.repository.paths:
            name = path.rpartition("/")[2]
            if name in BUILD and DEPENDENCY.search(self.repository.read(path)):
                return path
            code = path.endswith((".java", ".kt")) and "/test/" not in path
            if code and re.search(r"Secur|Auth|Filter|Interceptor|Jwt|Token", name) and SECURITY.search(self.repository.read(path)):
                return path
        return ""

    def find_prefixes(self) -> "list[tuple[str, str]]":
        """(module, prefix) that a `PathMatchConfigurer` puts before controllers. A condition is not decided: the prefix is unknown."""
        found = []
        for path in self.kept:
            for cls in self.project.by_file.get(path, []):
                for method in cls.ir["methods"]:
                    for call in calls(method["body"]):
                        if call[1][-1] != "addPathPrefix" or not call[2]:
                            continue
                        prefix = self.project.text(call[2][0][1], path, cls)
                        if "RestController" not in str(call[2][1:]):
                            prefix = UNKNOWN
                            self.left.add((path, call[3], "which controllers the prefix stands before is not known"))
                        found.append((module_of(path), prefix))
        return found

    # ---- annotations

    def style(self, cls: Cls) -> str:
        names = {a[0] for a in cls.ir["annots"]}
        if cls.ir["kind"] == "annotation" or names & self.clients:
            return ""
        for name in sorted(names):
            if name == "Controller" and any(i.startswith("io.micronaut") for i in cls.unit["imports"]):
                return "micronaut"
            if name in self.controllers:
                return "" if name == "Path" and cls.ir["kind"] == "interface" else self.controllers[name]
        if cls.ir["kind"] == "interface" or "abstract" in cls.ir["mods"]:
            return ""
        if "RequestMapping" in names and not self.extended(cls) and any(self.mapping(m["annots"], cls) for m in cls.ir["methods"]):
            self.left.add(
                (cls.file, cls.ir["line"], f"{cls.name} maps requests and is no controller: it answers only where it is registered")
            )
            return "spring-boot"
        for base in self.project.bases(cls):
            if any(a[0] == "Path" for a in base.ir["annots"]) and not {a[0] for a in base.ir["annots"]} & self.clients:
                return "jax-rs"
        for name in sorted(names - set(self.mappings)):
            made = self.annotation(name, cls.file)
            if made is not None and {a[0] for a in made.ir["annots"]} & {"RestController", "Controller"}:
                return "spring-boot"
        return ""

    def extended(self, cls: Cls) -> bool:
        return any(name.rpartition(".")[2] == cls.name for some in self.project.by_file.values() for c in some for name, _ in c.ir["bases"])

    def annotation(self, name: str, file: str) -> "Cls | None":
        if not self.project.classes.get(name):
            return None
        found = self.project.find(name, file)
        return found if found is not None and found.ir["kind"] == "annotation" else None

    def mapping(self, annots: "list[Any]", cls: Cls, depth: int = 0) -> "tuple[list[str], list[str], int] | None":
        """Methods, paths and line of the first mapping among annotations."""
        verbs: list[str] = []
        paths: list[str] | None = None
        where = 0
        for name, args, *rest in annots:
            at = rest[0] if rest else 0
            if name == "Path":
                paths, where = self.values(args, cls, ("value", "")), where or at
            elif name in self.mappings and not (name.isupper() and args):
                verb = self.mappings[name]
                verbs.extend([verb] if verb != "*" else self.methods(args))
                got = self.values(args, cls, ("value", "path", "url", "uri", "uris", ""))
                paths, where = (got or paths), where or at
                if not name.isupper():
                    return verbs, paths or [""], where
            elif depth < 4:
                made = self.annotation(name, cls.file)
                inner = self.mapping(made.ir["annots"], made, depth + 1) if made is not None else None
                if inner is not None:
                    own = self.values(args, cls, ("value", "path", ""))
                    below = [join(a, b) if a else b for a in inner[1] for b in own] if own else inner[1]
                    return inner[0] or self.methods(args), below, at or inner[2]
        return (verbs, paths or [""], where) if verbs or paths is not None else None

    def values(self, args: "list[Any]", cls: Cls, keys: "tuple[str, ...]") -> "list[str]":
        return [text for key, node in args if key in keys for text in self.project.texts(node, cls.file, cls)]

    def methods(self, args: "list[Any]") -> "list[str]":
        found: list[str] = []
        for key, node in args:
            if key == "method":
                parts = node[1] if node and node[0] == "a" else [node]
                found.extend(str(p[-1]).upper() for p in parts if p and p[0] in "ims")
        return found

    def controller(self, cls: Cls) -> None:
        framework = self.style(cls)
        if not framework or (cls.ir["kind"] == "interface" and framework != "micronaut") or "abstract" in cls.ir["mods"]:
            return
        line_of = [cls, *self.project.bases(cls)]
        own = next((m for m in (self.mapping(c.ir["annots"], c) for c in line_of) if m is not None), None)
        class_verbs, prefixes = (own[0], own[1]) if own else ([], [""])
        if framework == "micronaut":
            prefixes = next((self.values(a[1], cls, ("value", "")) for a in cls.ir["annots"] if a[0] == "Controller"), []) or [""]
        seen: dict[tuple[str, int], Cls] = {}
        for holder in line_of:
            for method in holder.ir["methods"]:
                key = (method["name"], len(method["params"]))
                found = self.mapping(method["annots"], holder) if method["annots"] else None
                if found is None or seen.get(key, holder) is not holder or (framework == "jax-rs" and not found[0]):
                    continue
                seen[key] = holder
                same = (m for m in cls.ir["methods"] if (m["name"], len(m["params"])) == key)
                impl = method if holder is cls else next(same, method)  # of one class, those of one name are overloads
                where = cls if impl is not method else holder
                verbs = found[0] or class_verbs or ["ANY"]
                for prefix in prefixes:
                    for path in found[1]:
                        for verb in verbs:
                            self.emit(verb, join(prefix, path) if prefix else path, (cls, where, holder), method, impl, found[2], framework)

    def generated(self, cls: Cls) -> None:
        """A class that answers for an interface which a generator writes from an OpenAPI document when the project is built."""
        if cls.ir["kind"] != "class" or "abstract" in cls.ir["mods"] or not any(self.written(name, cls) for name, _ in cls.ir["bases"]):
            return
        framework = self.style(cls) or ("jax-rs" if JAX_RS.search(self.repository.read(cls.file)) else "spring-boot")
        own = self.mapping(cls.ir["annots"], cls)
        operations = self.operations(module_of(cls.file))
        for method in cls.ir["methods"]:
            for verb, path in operations.get(method["name"].lower(), []):
                if not self.mapping(method["annots"], cls):
                    for prefix in own[1] if own else [""]:
                        self.emit(verb, join(prefix, path) if prefix else path, (cls, cls, cls), method, method, 0, framework)

    def written(self, name: str, cls: Cls) -> bool:
        """Whether a base has the name of a generated interface and no file of the repository."""
        return bool(GENERATED.search(name)) and self.project.find(name, cls.file, cls) is None

    def operations(self, module: str) -> "dict[str, list[tuple[str, str]]]":
        """Operation id -> methods and paths, of the documents of a module, or of all where it has none of its own."""
        if module not in self.documents:
            paths = [p for p in self.repository.paths if DOCUMENT.search(p)]
            own = [p for p in paths if p.startswith(f"{module}/" if module else "") and "/test/" not in p and "/target/" not in p]
            found: dict[str, list[tuple[str, str]]] = {}
            for path in own or paths:
                for one in openapi.described(self.repository.read(path)):
                    found.setdefault(re.sub(r"\W|_", "", one.id).lower(), []).append((one.method, one.path))
            found.pop("", None)
            self.documents[module] = {name: list(dict.fromkeys(rows)) for name, rows in found.items()}
        return self.documents[module]

    def emit(
        self,
        verb: str,
        path: str,
        classes: "tuple[Cls, Cls, Cls]",
        method: "dict[str, Any]",
        impl: "dict[str, Any]",
        at: int,
        framework: str,
    ) -> None:
        cls, where, holder = classes
        full = self.before(cls.file, path, framework, True)
        at = at or method["line"]
        if UNKNOWN in full:
            self.left.add((holder.file, at, "a part of the path is not known"))
        below = self.local(cls.file, path, framework, True) if framework == "spring-boot" else ""
        guard = self.guard(cls, impl["annots"] + (method["annots"] if impl is not method else []), where, verb, below)
        body = next((p[1] for p in [*impl["params"], *method["params"]] if any(a[0] in ("RequestBody", "Body") for a in p[2])), "")
        handler = f"{cls.name}.{impl['name']}"
        self.routes.append(
            Route(
                verb,
                full,
                handler,
                holder.file,
                at,
                guard,
                framework,
                where.file,
                impl["line"],
                impl["end"],
                body,
                tuple(re.findall(r"\{\*?(\w+)", full)),
            )
        )

    def local(self, file: str, path: str, framework: str, annotated: bool) -> str:
        """The path below the application's own context: what matchers of the security configuration see."""
        module = module_of(file)
        if annotated and framework == "spring-boot":
            for owner, prefix in self.prefixed:
                if owner == module or len({m for m, _ in self.prefixed}) == 1:
                    path = join(prefix, path)
                    break
        return path if path.startswith("/") else f"/{path}"

    def application_path(self, file: str) -> str:
        """The path at which a module's JAX-RS application is mounted: `@ApplicationPath`, a servlet in code, or web.xml."""
        if self.applications is None:
            self.applications = {}
            for path in sorted(self.kept):
                said = self.mounted_at(path)
                if said:
                    self.applications.setdefault(module_of(path), said)
            for path in self.repository.paths:
                if path.endswith("WEB-INF/web.xml") and not self.skipped(path):
                    said = servlet_path(self.repository.read(path))
                    if said:
                        self.applications.setdefault(module_of(path), said)
        return self.applications.get(module_of(file), "")

    def mounted_at(self, path: str) -> str:
        for cls in self.project.by_file.get(path, []):
            for name, args, *_ in cls.ir["annots"]:
                if name == "ApplicationPath":
                    return next(iter(self.values(args, cls, ("value", ""))), "").rstrip("*").strip("/")
        text = self.repository.read(path)
        found = SERVLET.search(text) if "ervlet" in text or "jersey()" in text else None
        return (found.group(1) or found.group(2)).strip("/") if found else ""

    def before(self, file: str, path: str, framework: str, annotated: bool) -> str:
        path = self.local(file, path, framework, annotated)
        if framework == "jax-rs" and self.application_path(file):
            path = join("/" + self.application_path(file), path)
        values = self.project.config(file)
        for key in ("spring.mvc.servlet.path", "spring.webflux.base-path", *[k for k in self.keys if not k.startswith("spring.")]):
            if self.keys[key] == framework and values.get(key, "/") != "/":
                path = join(self.project.fill(values[key], file), path)
        return path if path.startswith("/") else f"/{path}"

    # ---- guards

    def chain(self, file: str) -> "Chains | None":
        """The security chains of the module of a file, where nothing else decides beside them."""
        module = "" if self.single else module_of(file)
        if module not in self.chains:
            files = [path for path in sorted(self.kept) if self.single or module_of(path) == module]
            other = ".kt" if file.endswith(".java") else ".java"
            mixed = any(p.endswith(other) and "Secur" in p.rpartition("/")[2] and not self.skipped(p) for p in self.repository.paths)
            moved = "spring.mvc.servlet.path" in self.project.config(file)
            found = None if mixed or moved else chains_of(self.project, self.states, files, self.repository.read)
            self.chains[module] = found
        return self.chains[module]

    def configured(self, file: str, verb: str, path: str) -> Guard:
        """What the security configuration says about a route: open only where no filter beside it may refuse."""
        if not self.secured:
            return Guard("open")
        chain = self.chain(file) if path else None
        found = chain.decide(verb, path) if chain is not None else Guard("unknown", "security configuration", self.secured)
        return Guard("unknown", "filter", self.refusing) if found.state == "open" and self.refusing else found

    def find_refusing(self) -> str:
        """A filter or interceptor of the repository that may answer a request itself, "" for none."""
        for path in self.repository.paths:
            named = path.endswith((".java", ".kt")) and NAMED.search(path.rpartition("/")[2]) and not self.skipped(path)
            text = self.repository.read(path) if named or path in self.kept else ""
            if OTHERS.search(text) and REFUSES.search(text):
                return path
        return ""

    def guard(self, cls: Cls, annots: "list[Any]", where: Cls, verb: str = "", path: str = "") -> Guard:
        for level, some in (("method", annots), ("class", cls.ir["annots"])):
            for name, args, *rest in some:
                rule = self.guards.get(name)
                if rule is None:
                    continue
                text = str(args)
                if rule["state"] == "open" or "permitAll" in text or "isAnonymous" in text:
                    return self.configured(cls.file, verb, path)
                source = f"{level} annotation {where.file if level == 'method' else cls.file}:{rest[0] if rest else cls.ir['line']}"
                switch = rule.get("switch")
                if not switch or self.switches & set(switch):
                    return Guard("guarded", name, source)
                found = self.configured(cls.file, verb, path)
                return found if found.state == "guarded" else Guard("unknown", name, source)
        return self.configured(cls.file, verb, path)

    # ---- functional routers

    def functional(self, cls: Cls) -> None:
        for method in cls.ir["methods"]:
            if method["body"] is None:
                continue
            gateway = "RouteLocator" in method["ret"]
            if gateway or ROUTER.search(method["ret"] or "RouterFunction" * ("outer" in str(method["body"])[:400])):
                rows = self.gateway(method["body"], cls) if gateway else self.method_rows(cls, method)
                self.functions.extend([*row[:4], cls, method] for row in rows)

    def add_function(self, row: "list[Any]") -> None:
        verb, path, handler, at, cls, _ = row
        full = self.before(cls.file, path, "spring-boot", False)
        if UNKNOWN in full:
            self.left.add((cls.file, at, "a part of the path is not known"))
        guard = self.configured(cls.file, verb, self.local(cls.file, path, "spring-boot", False))
        names = tuple(re.findall(r"\{\*?(\w+)", full))
        self.routes.append(Route(verb, full, handler, cls.file, at, guard, "spring-boot", params=names))

    def method_rows(self, cls: Cls, method: "dict[str, Any]") -> "list[Any]":
        """The routes that a method makes, with those of the methods that it calls."""
        if id(method) in self.running or len(self.running) > DEEP or method["body"] is None:
            return []
        self.running.append(id(method))
        env: dict[str, list[Any]] = {}
        rows = self.statements(method["body"], cls, env)
        self.running.pop()
        return rows

    def statements(self, body: "list[Node]", cls: Cls, env: "dict[str, list[Any]]") -> "list[Any]":
        rows: list[Any] = []
        for statement in body:
            if statement[0] == "let":
                env[statement[1]] = self.rows(statement[2], cls, env)
            elif statement[0] in ("ret", "e"):
                rows.extend(self.rows(statement[1], cls, env))
            elif statement[0] == "if":
                rows.extend(row for inner in statement[1] for row in self.statements(inner, cls, env))
        return rows

    def called(self, owner: "Node", name: str, cls: Cls) -> "list[Any] | None":
        """The routes of `name()`, `this.name()` or `field.name()`, where such a method is in this repository."""
        holder: Cls | None = cls
        if owner and owner[0] == "i" and owner[1] not in ("this", "super", cls.name):
            typed = cls.ir["fields"].get(owner[1], "") or (owner[1] if owner[1][:1].isupper() else "")
            holder = self.project.find(typed, cls.file, cls) if typed else None
        elif owner and owner[0] != "i":
            return None
        for each in [holder, *self.project.bases(holder)] if holder is not None else []:
            for method in each.ir["methods"]:
                if method["name"] == name and method["body"] is not None:
                    self.inlined.add(id(method))
                    return self.method_rows(each, method)
        return None

    # ---- Spring Cloud Gateway, WebSocket

    def gateway(self, body: "Node", cls: Cls) -> "list[Any]":
        """`route("id", r -> r.method(GET).and().path("/a").uri(…))`: paths that the gateway answers."""
        rows: list[Any] = []
        for call in sorted(calls(body), key=lambda c: c[3]):
            lambdas = [a for _, a in call[2] if a and a[0] == "f"]
            if call[1][-1] == "route" and call[1][0] == "m" and lambdas:
                verbs, paths = self.predicates(lambdas[-1][2], cls)
                rows.extend([verb, path, "", call[3]] for path in paths for verb in verbs or ["ANY"])
        return rows

    def predicates(self, body: "Node", cls: Cls, depth: int = 0) -> "tuple[list[str], list[str]]":
        verbs: list[str] = []
        paths: list[str] = []
        for call in calls(body):
            name, args = str(call[1][-1]), [a for _, a in call[2]]
            if name == "method":
                verbs.extend(str(a[-1]).upper() for a in args if a and a[0] in "ims" and str(a[-1]).upper() in VERBS)
            elif name == "path":
                paths.extend(text for a in args for text in self.project.texts(a, cls.file, cls))
            elif depth < 5:
                for method in cls.ir["methods"]:
                    if method["name"] == name and method["body"] is not None:
                        more = self.predicates(method["body"], cls, depth + 1)
                        verbs.extend(more[0])
                        paths.extend(more[1])
        return verbs, paths

    def sockets(self, cls: Cls) -> None:
        """Paths on which a client opens a socket: `addEndpoint("/ws")`, `addHandler(handler, "/ws")`."""
        for method in cls.ir["methods"]:
            skipped = {"registerStompEndpoints": 0, "registerWebSocketHandlers": 1}.get(method["name"])
            if skipped is None or method["body"] is None:
                continue
            for call in calls(method["body"]):
                if call[1][-1] in ("addEndpoint", "addHandler"):
                    paths = [text for _, a in call[2][skipped:] for text in self.project.texts(a, cls.file, cls)]
                    self.functions.extend(["GET", path, "", call[3], cls, method] for path in paths)

    def rows(self, node: "Node", cls: Cls, env: "dict[str, list[Any]]") -> "list[Any]":
        """The routes of an expression: [method, path, handler, line]."""
        if not node:
            return []
        if node[0] == "i":
            return list(env.get(node[1], []))
        if node[0] == "f":
            return self.statements(node[2], cls, dict(env))
        if node[0] == "ref":
            return self.called(node[1], str(node[2]), cls) or []
        if node[0] != "c":
            return []
        name = str(node[1][-1])
        args = [a for _, a in node[2]]
        left = self.rows(node[1][1], cls, env) if node[1][0] == "m" else []
        if name in VERBS and args:
            return [*left, [name, self.project.text(args[0], cls.file, cls), label(args[-1]), node[3]]]
        if name in ("route", "andRoute") and args:
            return [*left, *([verb, path, label(args[-1]), node[3]] for verb, path in self.predicate(args[0], cls))]
        if name in ("nest", "andNest", "path") and len(args) >= 2:
            inner = self.rows(args[-1], cls, env)
            prefix = [self.project.text(args[0], cls.file, cls)] if name == "path" else [p for _, p in self.predicate(args[0], cls)]
            return [*left, *([v, join(p, path), h, at] for p in prefix for v, path, h, at in inner)]
        if name == "nest" and node[1][0] == "m" and args and args[-1] and args[-1][0] == "f":
            prefix = [p for _, p in self.predicate(node[1][1], cls)]
            return [[v, join(p, path), h, at] for p in prefix for v, path, h, at in self.rows(args[-1], cls, env)]
        if name in ("router", "coRouter", "and", "andOther", "add"):
            return [*left, *(row for a in args for row in self.rows(a, cls, env))]
        if name not in ("route", "build", "filter", "before", "after", "onError"):
            made = self.called((node[1][1] or ["?"]) if node[1][0] == "m" else ["i", "this"], name, cls)
            return made if made is not None else left
        return left

    def predicate(self, node: "Node", cls: Cls) -> "list[tuple[str, str]]":
        """Methods and paths of a request predicate."""
        if not node:
            return [("ANY", UNKNOWN)]
        if node[0] != "c":
            return [("ANY", self.project.text(node, cls.file, cls))]
        name, args = str(node[1][-1]), [a for _, a in node[2]]
        if name in VERBS and args:
            return [(name, self.project.text(args[0], cls.file, cls))]
        if name in ("path", "pathPrefix") and args:
            return [("ANY", self.project.text(args[0], cls.file, cls))]
        if name in ("and", "or") and node[1][0] == "m" and args:
            first, second = self.predicate(node[1][1], cls), self.predicate(args[0], cls)
            if name == "or":
                return first + second
            return [(a if a != "ANY" else b, join(p, q) if p and q else p or q) for a, p in first for b, q in second]
        return [("ANY", "")]


def label(node: "Node") -> str:
    if not node:
        return ""
    if node[0] == "ref":
        return f"{label(node[1])}.{node[2]}" if node[1] and node[1][1] != "this" else str(node[2])
    return str(node[1]) if node[0] == "i" else str(node[2]) if node[0] == "m" else ""


def calls(body: "Node") -> "list[Any]":
    """All calls below a tree."""
    found = []
    stack = [body]
    while stack:
        node = stack.pop()
        if not isinstance(node, list):
            continue
        if len(node) == 5 and node[0] == "c" and isinstance(node[1], list):
            found.append(node)
        stack.extend(node)
    return found
