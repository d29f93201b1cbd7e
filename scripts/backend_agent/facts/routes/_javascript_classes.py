"""Controllers as classes with decorators: NestJS with its modules, versions, prefixes and guards, and those that look like it."""

import posixpath
import re

from backend_agent import catalog
from backend_agent.facts.routes import _guards
from backend_agent.facts.routes._flatten import covers, parameters
from backend_agent.facts.routes._flow import BASE, Cls, Env, Fn, Inst, Thing, as_path, dotted, name_of
from backend_agent.facts.routes._javascript_routers import Routers
from backend_agent.facts.routes._javascript_run import Lazy
from backend_agent.facts.routes.paths import UNKNOWN, join, squeeze
from backend_agent.model import Guard, Route
from backend_agent.repository.paths import shared_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = Any
    Value = Any

OPEN_WORD = re.compile(r"public|skip|anonym|unprotected|allow|exclude|unauthenticated|open", re.IGNORECASE)
REFLECTS = re.compile(r"[rR]eflector|Reflect\.")


EARLY = re.compile(r"\bif\s*\(((?:[^(){};]|\((?:[^(){};]|\([^(){};]*\))*\))*)\)\s*\{?\s*(?://[^\n]*\s*)?return true\b")
FREES = re.compile(
    r"(?i)public|anonym|no_?auth|skip|unprotected|open|getType|bypass|\b(?:user|session|token|valid\w*|\w*key\w*|match\w*|has\w*|is(?:admin|owner|auth)\w*)\b"
)


SETTINGS = ("setGlobalPrefix", "enableVersioning", "useGlobalGuards")


class App:
    """One application: its first module and what `main` sets for all of its routes."""

    def __init__(self, file: str, root: "Cls | None") -> None:
        self.file = file
        self.root = root
        self.prefix = ""
        self.exclude: list[tuple[str, str]] = []
        self.versioned = False
        self.version_prefix = "v"
        self.default_versions: list[str] = []
        self.guards: list[tuple[Value, str]] = []
        self.modules: set[int] = set()
        self.paths: dict[int, str] = {}
        self.stands: list[Stand] = []


class Stand:
    """A middleware for some routes: `consumer.apply(Auth).exclude(…).forRoutes(…)`."""

    def __init__(self, guard: "tuple[str, str] | None", source: str) -> None:
        self.guard = guard
        self.source = source
        self.exclude: list[tuple[str, str]] = []
        self.routes: list[tuple[str, str]] = []
        self.classes: list[Cls] = []


class Controllers:
    """Reads the classes that a machine has met."""

    def __init__(self, machine: Routers) -> None:
        self.machine = machine
        self.known = {entry["name"]: entry for entry in catalog.load("facts", "javascript")["classes"]}
        self.routes: list[Route] = []
        self.apps: list[App] = []
        self.module_of: dict[int, list[Cls]] = {}
        self.meta: dict[int, dict[str, Value]] = {}
        self.texts: dict[int, str] = {}
        self.based = False

    def all(self) -> "list[Route]":
        controllers = [(cls, d) for cls in self.machine.classes for d in cls.ir.get("decorators") or [] if self.is_controller(cls, d[0])]
        controllers = list({(cls.env.file, cls.ir["line"]): (cls, d) for cls, d in controllers}.values())
        if not controllers:
            return []
        self.read_modules()
        self.read_apps()
        for cls, decorator in controllers:
            for app in self.apps_of(cls):
                self.controller(cls, decorator, app)
        return self.routes

    # ---- decorators

    def is_controller(self, cls: Cls, node: "Node") -> bool:
        name = dotted(node).removesuffix("()")
        if name not in self.known:
            return False
        origin = self.origin(cls.env, name)
        if name == "Route":
            return "tsoa" in origin
        if name == "controller":
            return "inversify" in origin
        return True

    def origin(self, env: Env, name: str) -> str:
        """The package or file that a name of this scope comes from."""
        home = env.find(name)
        value = home.vars[name] if home is not None else None
        if isinstance(value, Lazy):
            return value.spec
        return value.origin if isinstance(value, Thing) else ""

    def arguments(self, node: "Node", env: Env) -> "list[Value]":
        if not isinstance(node, list) or node[0] != "c":
            return []
        return [self.machine.settle(v, True) for v in self.machine.arguments(node[2], env)]

    def decorators(self, cls: Cls) -> "list[tuple[Any, Cls]]":
        """The decorators of a class and of those it extends, which Nest inherits."""
        found: list[tuple[Any, Cls]] = []
        at: Value = cls
        for _turn in range(8):
            if not isinstance(at, Cls):
                break
            found.extend((d, at) for d in at.ir.get("decorators") or [])
            at = at.base
        return found

    # ---- modules and applications

    def read_modules(self) -> None:
        for cls in self.machine.classes:
            for node, _line in cls.ir.get("decorators") or []:
                if dotted(node).removesuffix("()") in ("Module", "Global"):
                    args = self.arguments(node, cls.env)
                    if args and isinstance(args[0], dict):
                        self.meta[id(cls.ir)] = args[0]
                        for controller in self.classes_in(args[0].get("controllers")):
                            self.module_of.setdefault(id(controller.ir), []).append(cls)

    def classes_in(self, value: "Value") -> "list[Cls]":
        value = self.machine.settle(value, True)
        found: list[Cls] = []
        for item in value if isinstance(value, list) else [value]:
            one = self.machine.settle(item, True)
            if isinstance(one, Cls):
                found.append(one)
            elif isinstance(one, dict) and "module" in one:
                found.extend(self.classes_in(one["module"]))
            elif isinstance(one, list):
                found.extend(self.classes_in(one))
            elif isinstance(one, Thing) and isinstance(one.config, list):
                inner = one.config
                if one.name.startswith("forwardRef") and inner and isinstance(inner[0], Fn):
                    found.extend(self.classes_in(self.machine.call(inner[0], [])))
        return found

    def imports_of(self, cls: Cls) -> "list[Value]":
        meta = self.meta.get(id(cls.ir)) or {}
        value = self.machine.settle(meta.get("imports"), True)
        return list(value) if isinstance(value, list) else []

    def serving(self) -> "list[tuple[str, Cls | None]]":
        """Where applications are made that answer requests: a script that makes one of the same module to use its services does not."""
        said = {file for file, name, _ in self.machine.nest_calls if name in ("listen", *SETTINGS)}
        roots = self.machine.nest_roots

        def serves(file: str, root: "Cls | None") -> bool:
            same = [f for f, r in roots if r is root]
            return file in said or not any(f in said for f in same)

        return [(file, root) for file, root in roots if serves(file, root)]

    def read_apps(self) -> None:
        for file, root in self.serving():
            app = App(file, root)
            self.apps.append(app)
            if root is not None:
                self.walk(root, app)
        if not self.apps:
            self.apps.append(App("", None))
        for file, name, args in self.machine.nest_calls:
            for app in self.apps:
                if app.file == file or len(self.apps) == 1 or (app.file and posixpath.dirname(app.file) == posixpath.dirname(file)):
                    self.setting(app, name, args)
        consumers = self.consumers()
        for app in self.apps:
            for cls in self.machine.classes:
                if id(cls.ir) in self.meta and (id(cls.ir) in app.modules or len(self.apps) == 1):
                    app.stands.extend(consumers.get(id(cls.ir), []))
                    self.provided(cls, app)

    def walk(self, cls: Cls, app: App) -> None:
        if id(cls.ir) in app.modules or len(app.modules) > 2000:
            return
        app.modules.add(id(cls.ir))
        for item in self.imports_of(cls):
            one = self.machine.settle(item, True)
            if isinstance(one, Thing) and "RouterModule" in one.name and isinstance(one.config, list) and one.config:
                self.tree(self.machine.settle(one.config[0], True), "", app)
            elif isinstance(one, Thing) and isinstance(one.config, list) and one.type == "made" and "." in one.name:
                continue
            for inner in self.classes_in(one):
                self.walk(inner, app)
        for name in ("forRoot", "register", "forRootAsync", "registerAsync"):
            method = cls.ir["methods"].get(name)
            if method and method.get("body"):
                made = self.machine.call(Fn(method, cls.env, cls), [])
                if isinstance(made, dict):
                    for controller in self.classes_in(made.get("controllers")):
                        self.module_of.setdefault(id(controller.ir), []).append(cls)
                    for inner in self.classes_in(made.get("imports")):
                        self.walk(inner, app)

    def tree(self, routes: "Value", prefix: str, app: App) -> None:
        """`RouterModule.register([{path, module, children}])`."""
        for item in routes if isinstance(routes, list) else []:
            one = self.machine.settle(item, True)
            if isinstance(one, Cls):
                app.paths[id(one.ir)] = prefix
            elif isinstance(one, dict):
                here = join(prefix, as_path(one.get("path", "")))
                for cls in self.classes_in(one.get("module")) if "module" in one else []:
                    app.paths[id(cls.ir)] = here
                self.tree(self.machine.settle(one.get("children"), True), here, app)

    def setting(self, app: App, name: str, args: "list[Value]") -> None:
        first = self.machine.settle(args[0], True) if args else None
        if name == "setGlobalPrefix":
            app.prefix = as_path(first)
            options = args[1] if len(args) > 1 else None
            if isinstance(options, dict):
                app.exclude.extend(self.patterns(options.get("exclude")))
        elif name == "enableVersioning":
            options = first if isinstance(first, dict) else {}
            kind = options.get("type")
            app.versioned = "type" not in options or (isinstance(kind, Thing) and kind.name.endswith("URI")) or kind in (0, "URI")
            if "prefix" in options:
                app.version_prefix = "" if options["prefix"] is False else as_path(options["prefix"])
            if "defaultVersion" in options:
                app.default_versions = self.versions(options["defaultVersion"]) or []
        elif name == "useGlobalGuards":
            app.guards.extend((self.machine.settle(a, True), "global") for a in args)

    def provided(self, cls: Cls, app: App) -> None:
        """Global guards: `{provide: APP_GUARD, useClass: JwtAuthGuard}`."""
        providers = self.machine.settle((self.meta.get(id(cls.ir)) or {}).get("providers"), True)
        for item in providers if isinstance(providers, list) else []:
            one = self.machine.settle(item, True)
            if isinstance(one, dict) and name_of(one.get("provide")) == "APP_GUARD":
                value = one.get("useClass") or one.get("useExisting") or one.get("useValue") or one.get("useFactory")
                app.guards.append((self.machine.settle(value, True), f"global {cls.env.file}:{cls.ir['line']}"))

    def patterns(self, value: "Value") -> "list[tuple[str, str]]":
        """Path patterns with their methods, of strings and `{path, method}`."""
        found: list[tuple[str, str]] = []
        value = self.machine.settle(value, True)
        for item in value if isinstance(value, list) else [value]:
            one = self.machine.settle(item, True)
            if isinstance(one, str):
                found.append((as_pattern(one), "ALL"))
            elif isinstance(one, dict) and "path" in one:
                method = one.get("method")
                verb = name_of(method).rpartition(".")[2] if isinstance(method, Thing) else "ALL"
                found.append((as_pattern(as_path(one["path"])), verb))
        return found

    def consumers(self) -> "dict[int, list[Stand]]":
        found: dict[int, list[Stand]] = {}
        for cls in self.machine.classes:
            method = cls.ir["methods"].get("configure")
            if method and method.get("body") and id(cls.ir) in self.meta:
                self.machine.stands = []
                self.machine.call(Fn(method, cls.env, Inst(cls)), [Thing("consumer", kind="consumer")])
                found[id(cls.ir)] = [self.consumer(steps, cls) for steps in self.machine.stands]
        return found

    def consumer(self, steps: "list[tuple[str, list[Value], int]]", cls: Cls) -> Stand:
        made = Stand(None, "")
        for name, args, line in steps:
            if name == "apply":
                made.guard = self.strongest(args)
                made.source = f"middleware {cls.env.file}:{line}"
            elif name == "exclude":
                made.exclude.extend(self.patterns(args))
            elif name == "forRoutes":
                made.classes.extend(self.classes_in(args))
                made.routes.extend(self.patterns([a for a in args if not isinstance(a, Cls)]))
        return made

    def strongest(self, values: "list[Value]") -> "tuple[str, str] | None":
        found: tuple[str, str] | None = None
        for value in values:
            name = name_of(value)
            if isinstance(value, (Cls, Inst)):
                if _guards.meaning(name) == "guard":
                    text = self.text(value)
                    found = ("guarded" if "r" in text else "unknown", name) if found is None or found[0] != "guarded" else found
            else:
                got = self.machine.guard_of(value, ["i", name] if name else None)
                found = got if got and (found is None or got[0] == "guarded") else found
        return found

    def text(self, value: "Value") -> str:
        """Signs of all methods of a guard's class."""
        cls = value.cls if isinstance(value, Inst) else value
        if not isinstance(cls, Cls):
            return "r"
        return "".join(str(m.get("signs") or "") for m in cls.ir["methods"].values()) + ("r" if isinstance(cls.base, Thing) else "")

    def source_text(self, value: "Value") -> str:
        cls = value.cls if isinstance(value, Inst) else value
        if not isinstance(cls, Cls):
            return ""
        lines = self.machine.repository.read(cls.env.file).split("\n")
        text = "\n".join(lines[cls.ir["line"] - 1 : cls.ir["end"]])
        return text + (self.source_text(cls.base) if isinstance(cls.base, Cls) else "")

    def apps_of(self, cls: Cls) -> "list[App]":
        modules = {id(m.ir) for m in self.module_of.get(id(cls.ir), [])}
        found = [app for app in self.apps if modules & app.modules]
        if found:
            return found
        return [max(self.apps, key=lambda app: (shared_folders(app.file, cls.env.file), -len(app.file)))]

    # ---- one controller

    def controller(self, cls: Cls, decorator: "Any", app: App) -> None:
        node = decorator[0]
        entry = self.known[dotted(node).removesuffix("()")]
        args = self.arguments(node, cls.env)
        prefixes, versions = [""], None
        if args:
            first = args[0]
            if isinstance(first, dict):
                prefixes = self.texts_of(first.get("path", ""))
                versions = self.versions(first.get("version")) if "version" in first else None
            else:
                prefixes = self.texts_of(first)
        for node, _line in cls.ir.get("decorators") or []:
            if dotted(node) == "Version()":
                versions = self.versions(self.arguments(node, cls.env)[:1])
        framework = self.framework(cls, entry)
        done: set[str] = set()
        at: Value = cls
        for _turn in range(8):
            if not isinstance(at, Cls):
                break
            for name, method in at.ir["methods"].items():
                if name not in done and self.method(cls, at, method, entry, framework, prefixes, versions, app):
                    done.add(name)
            at = at.base

    def framework(self, cls: Cls, entry: "dict[str, Any]") -> str:
        origin = self.origin(cls.env, entry["name"])
        for part, name in (("routing-controllers", "routing-controllers"), ("tsoa", "tsoa"), ("@tsed", "tsed"), ("inversify", "inversify")):
            if part in origin:
                return name
        return str(entry["framework"])

    def texts_of(self, value: "Value") -> "list[str]":
        value = self.machine.settle(value, True)
        if isinstance(value, list):
            return [as_path(self.machine.settle(v, True)) for v in value] or [""]
        return [as_path(value)]

    def versions(self, value: "Value") -> "list[str] | None":
        value = self.machine.settle(value, True)
        found = []
        for item in value if isinstance(value, list) else [value]:
            one = self.machine.settle(item, True)
            if isinstance(one, list):
                found.extend(self.versions(one) or [])
            elif isinstance(one, Thing) and "NEUTRAL" in one.name:
                found.append("")
            elif one is not None:
                found.append(as_path(one))
        return found

    def method(
        self, cls: Cls, home: Cls, method: "dict[str, Any]", entry: "dict[str, Any]", framework: str, prefixes: "list[str]",
        versions: "list[str] | None", app: App,
    ) -> bool:  # fmt: skip
        found = False
        own = versions
        for node, _line in method.get("decorators") or []:
            if dotted(node) == "Version()":
                own = self.versions(self.arguments(node, home.env)[:1])
        for node, line in method.get("decorators") or []:
            verb = entry["verbs"].get(dotted(node).removesuffix("()"))
            if verb is None:
                continue
            found = True
            args = self.arguments(node, home.env)
            paths = self.texts_of(args[0]) if args and not isinstance(args[0], (dict, Fn)) else [""]
            for prefix in prefixes:
                for path in paths:
                    self.emit(cls, home, method, (verb, line), join(join("", prefix.lstrip("^")), path), own, app, framework)
        return found

    def emit(
        self, cls: Cls, home: Cls, method: "dict[str, Any]", verb: "tuple[str, int]", path: str, versions: "list[str] | None", app: App,
        framework: str,
    ) -> None:  # fmt: skip
        modules = self.module_of.get(id(cls.ir), [])
        below = next((app.paths[id(m.ir)] for m in modules if id(m.ir) in app.paths), "")
        bare = join(below, path) if below else path
        options: list[str] = [""]
        if app.versioned:
            options = versions if versions is not None else (app.default_versions or [""])
        for version in options or [""]:
            whole = join(f"/{app.version_prefix}{version}", bare) if version else bare
            if app.prefix and framework == "nestjs" and not self.excluded(app, (bare, whole), verb[0]):
                whole = join(app.prefix, whole)
            whole = self.without_base(whole, home.env.file).rstrip("/") or "/"
            self.routes.append(
                Route(
                    verb[0],
                    whole,
                    f"{cls.ir['name']}.{method['name']}",
                    home.env.file,
                    verb[1],
                    self.guard(cls, home, method, app, bare, verb[0]),
                    framework,
                    home.env.file,
                    method["line"],
                    method["end"],
                    self.body(method),
                    parameters(whole),
                )
            )

    def without_base(self, path: str, file: str) -> str:
        """A path without the base path that only a deployment's configuration knows; that it is left out is said once."""
        if BASE not in path:
            return path
        if not self.based:
            self.machine.note(file, 0, "routes are served below a base path that the configuration sets; it is left out here")
        self.based = True
        return squeeze(path.replace(BASE, ""))

    def excluded(self, app: App, paths: "tuple[str, str]", verb: str) -> bool:
        return any(
            method in ("ALL", verb) and any(covers(pattern, path, not pattern.endswith("*")) for path in paths)
            for pattern, method in app.exclude
        )

    def body(self, method: "dict[str, Any]") -> str:
        for _name, decorator, annotation in method.get("decorated") or []:
            if dotted(decorator[0]).removesuffix("()") in ("Body", "requestBody"):
                return "?" if annotation in ("", "any", "object", "unknown") or annotation.startswith(("Record<", "{")) else str(annotation)
        return ""

    # ---- guards

    def guard(self, cls: Cls, home: Cls, method: "dict[str, Any]", app: App, bare: str, verb: str) -> Guard:
        everywhere = [(d, home, "method") for d in method.get("decorators") or []]
        everywhere += [(d, owner, "class") for d, owner in self.decorators(cls)]
        freed, unknown = "", None
        marks = []
        marked = any(is_mark(dotted(node).removesuffix("()")) for (node, _line), _owner, _where in everywhere)
        for (node, line), owner, where in everywhere:
            name = dotted(node).removesuffix("()")
            source = f"{where} {owner.env.file}:{line}"
            if name in ("UseGuards", "UseBefore", "UseAuth"):
                got = self.used(node, owner, freed, marked)
                if got is not None and got[0] == "guarded":
                    return Guard("guarded", got[1], source)
                unknown = unknown or (Guard("unknown", got[1], source) if got else None)
            elif _guards.meaning(name) == "optional" and not freed:
                freed = name
            elif name in ("Authorized", "Security") and framework_guard(self.origin(owner.env, name)):
                return Guard("guarded", name, source)
            elif _guards.meaning(name) == "guard":
                got_state = self.custom(name, owner)
                if re.match(r"Api[A-Z]", name) and got_state != "guarded":
                    continue  # documentation for OpenAPI
                if got_state == "guarded":
                    return Guard("guarded", name, source) if not (freed and where == "class") else Guard("unknown", name, source)
                marks.append((name, source))
            elif name in ("httpGet", "httpPost", "httpPut", "httpPatch", "httpDelete", "controller", "all"):
                values = self.arguments(node, owner.env)[1:]
                got = self.strongest(values)
                if got:
                    return Guard(got[0], got[1], source)
        return self.wider(cls, app, bare, verb, freed, marks) or unknown or Guard("open")

    def used(self, node: "Node", owner: Cls, freed: str, marked: bool) -> "tuple[str, str] | None":
        """The guards of `@UseGuards(A, B)`; a mark like `@Public()` frees from guards that read marks."""
        found: tuple[str, str] | None = None
        nodes = node[2] if isinstance(node, list) and node[0] == "c" else []
        values = self.machine.arguments(nodes, owner.env)
        for at, value in enumerate(values):
            settled = self.machine.settle(value, True)
            name = (dotted(nodes[at]) if at < len(nodes) else "") or name_of(settled)
            meaning = _guards.meaning(name)
            if meaning != "guard" or self.machine.lets_through(settled):
                continue
            state = "guarded"
            if isinstance(settled, (Cls, Inst)) and "r" not in self.text(settled) and "return false" not in self.source_text(settled):
                state = "guarded" if self.checks(settled) else "unknown"
            if not marked and waves_through(self.source_text(settled)):
                state = "unknown"  # it asks for a mark that this route does not have
            if freed:
                state = "unknown"
            if found is None or state == "guarded":
                found = (state, name.removesuffix("()"))
        return found

    def checks(self, value: "Value") -> bool:
        text = self.source_text(value)
        return not text or bool(re.search(r"super\.canActivate|return\s+(?!true\b)", text))

    def custom(self, name: str, owner: Cls) -> str:
        """`guarded` for a decorator of the repository that itself uses guards; "" for a mere mark."""
        home = owner.env.find(name.split(".")[0])
        value = self.machine.settle(home.vars[name.split(".")[0]], True) if home is not None else None
        if isinstance(value, Fn):
            return "guarded" if "g" in str(value.ir.get("signs")) else ""
        return ""

    def wider(self, cls: Cls, app: App, bare: str, verb: str, freed: str, marks: "list[tuple[str, str]]") -> "Guard | None":
        unknown: Guard | None = None
        for value, source in app.guards:
            name = name_of(value) or dotted(getattr(value, "config", None))
            if _guards.meaning(name) != "guard":
                continue
            text = self.source_text(value)
            reads = bool(REFLECTS.search(text)) or not text
            if freed and reads:
                return Guard("open", freed, source)
            if marks and reads:
                return Guard("guarded", marks[0][0], marks[0][1])
            if not text or not reads or OPEN_WORD.search(text):
                state = "guarded" if "r" in self.text(value) or not text or self.checks(value) else "unknown"
                if "p" in self.text(value) or not text or waves_through(text) or not _guards.meaning(name.removesuffix("Guard")):
                    state = "unknown"
                if state == "guarded":
                    return Guard("guarded", name, source)
            unknown = unknown or Guard("unknown", name, source)
        stood = self.stood(cls, app, bare, verb)
        if stood is not None and stood.state == "guarded":
            return stood
        unknown = unknown or stood
        if marks and unknown is None:
            unknown = Guard("unknown", marks[0][0], marks[0][1])
        return unknown

    def stood(self, cls: Cls, app: App, bare: str, verb: str) -> "Guard | None":
        """The guard that a module's `configure` puts before a route."""
        unknown: Guard | None = None
        for stand in app.stands:
            if stand.guard is None:
                continue
            if any(m in ("ALL", verb) and covers(p, bare, not p.endswith("*")) for p, m in stand.exclude):
                continue
            hit = any(c is cls or c.ir is cls.ir for c in stand.classes)
            sure: bool | None = True if hit else None
            for pattern, method in stand.routes:
                fits = covers(pattern, bare, not pattern.endswith("*")) if method in ("ALL", verb) else False
                hit = hit or fits is not False
                sure = sure or fits
            if hit:
                state = stand.guard[0] if sure else "unknown"
                if state == "guarded":
                    return Guard("guarded", stand.guard[1], stand.source)
                unknown = unknown or Guard("unknown", stand.guard[1], stand.source)
        return unknown


def is_mark(name: str) -> bool:
    """A decorator that says what a guard shall ask for: `@Roles('admin')`, `@RequirePermission()`."""
    return name not in ("UseGuards", "UseBefore", "UseAuth") and not re.match(r"Api[A-Z]", name) and _guards.meaning(name) == "guard"


def waves_through(text: str) -> bool:
    """Whether a guard lets callers in for another reason than a mark of a public route: nothing was asked of it, a header, a method."""
    return any(not FREES.search(match.group(1)) for match in EARLY.finditer(text))


def as_pattern(path: str) -> str:
    """A path of `exclude` or `forRoutes`: `health/(.*)`, `health/*path` and `health*` as one form."""
    path = re.sub(r"/?\(\.\*\)$|/?\{?\*\w*\}?$", "/*", path)
    return path if path in ("*", UNKNOWN) else join("", path)


def framework_guard(origin: str) -> bool:
    return "routing-controllers" in origin or "tsoa" in origin
