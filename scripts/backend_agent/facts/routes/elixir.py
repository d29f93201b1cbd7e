"""Routes of Elixir projects: Phoenix (scopes, pipelines, resources, live, forward, macros of the project) and Plug.Router."""

import re

from backend_agent import catalog
from backend_agent.facts.routes import _elixir_ir as ir
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.facts.source import SourceFile
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Ir = list[Any]
    Value = Any

WANTED = re.compile(
    r":router\b|Phoenix\.Router|Plug\.Router|:controller\b|:live_view\b|\bhalt\b|Plug\.Builder|Guardian\.Plug|^\s*socket\b"
    r"|import Plug\.Conn",
    re.MULTILINE,
)
ELSEWHERE = re.compile(r"(?:^|/)(?:test|deps|docs?|examples?|installer|priv|benchmarks?|templates)/|_test\.exs$")
VERBS = {
    "get": "GET",
    "post": "POST",
    "put": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "options": "OPTIONS",
    "head": "HEAD",
    "trace": "TRACE",
}
RESOURCE = (
    ("index", "GET", ""), ("edit", "GET", "/{}/edit"), ("new", "GET", "/new"), ("show", "GET", "/{}"), ("create", "POST", ""),
    ("update", "PATCH", "/{}"), ("update", "PUT", "/{}"), ("delete", "DELETE", "/{}"),
)  # fmt: skip
DEPTH = 24
OPEN = Guard("open")


def wants(path: str, text: str) -> bool:
    """Whether a file may hold a router, a controller or a plug that guards."""
    return bool(WANTED.search(text))


def extract(source: SourceFile) -> object:
    """The file as a small program."""
    return ir.program(source.root)


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes of the project."""
    own = {path: program for path, program in facts.items() if not ELSEWHERE.search(path)}
    found = Project(own).resolve()
    return found if found[0] or len(own) == len(facts) else Project(facts).resolve()


class Module:
    """A module of the project."""

    __slots__ = ("aliases", "attributes", "body", "file", "functions", "line", "name")

    def __init__(self, name: str, body: "Ir", file: str, line: int) -> None:
        self.name = name
        self.body = body
        self.file = file
        self.line = line
        self.functions: dict[str, dict[str, Any]] = {}
        self.aliases: dict[str, str] = {}
        self.attributes: dict[str, Ir] = {}
        for statement in body:
            if statement[0] == "def":
                kept = self.functions.setdefault(statement[1], statement[2])
                if kept is not statement[2]:  # clauses of one function
                    for flag in ("refuses", "asks", "halts", "looks"):
                        kept[flag] = kept.get(flag) or statement[2].get(flag)
                    kept["end"] = statement[2]["end"]
            elif statement[0] == "@=":
                self.attributes[statement[1]] = statement[2]
            elif statement[0] == "c" and statement[1] == "alias":
                self._alias(statement)

    def _alias(self, call: "Ir") -> None:
        for argument in call[2]:
            if argument[0] != "A":
                continue
            base, _, many = argument[1].partition(".{")
            renamed = next((v[1] for k, v in call[3] if k == "as" and v[0] == "A"), None)
            names = [f"{base}.{n.strip()}" for n in many.rstrip("}").split(",")] if many else [base]
            for name in names:
                self.aliases[renamed or name.rpartition(".")[2]] = name

    def full(self, name: str) -> str:
        """The full name of a module as this one writes it."""
        first, _, rest = name.partition(".")
        if first == "__MODULE__":
            return f"{self.name}.{rest}" if rest else self.name
        if first in self.aliases:
            return f"{self.aliases[first]}.{rest}" if rest else self.aliases[first]
        return name


class Scope:
    """What the blocks around a declaration say."""

    __slots__ = ("alias", "claims", "names", "path", "pipes")

    def __init__(self) -> None:
        self.path = ""
        self.alias = ""
        self.pipes: list[str] = []
        self.claims: list[Guard] = []
        self.names: dict[str, Value] = {}

    def copy(self) -> "Scope":
        """Another one that says the same."""
        other = Scope()
        other.path, other.alias = self.path, self.alias
        other.pipes, other.claims, other.names = list(self.pipes), list(self.claims), dict(self.names)
        return other


class Project:
    """The routers of one project."""

    def __init__(self, programs: "dict[str, Ir]") -> None:
        said = catalog.load("facts", "elixir")["guards"]
        self.names = re.compile(said["names"])
        self.optional = re.compile(said["optional"])
        self.libraries = set(said["modules"])
        self.modules: dict[str, Module] = {}
        self.macros: dict[str, tuple[Module, dict[str, Any]]] = {}
        self.functions: dict[str, list[dict[str, Any]]] = {}
        self.routes: list[Route] = []
        self.unresolved: list[Unresolved] = []
        for path, program in sorted(programs.items()):
            self._collect(program, "", path)
        self.routers = {name for name, module in self.modules.items() if self._is_router(module)}
        self.forwarded: set[str] = set()

    def _collect(self, program: "Ir", outer: str, path: str) -> None:
        for statement in program:
            if statement[0] != "mod":
                continue
            name = f"{outer}.{statement[1]}" if outer else statement[1]
            module = self.modules.setdefault(name, Module(name, statement[2], path, statement[3]))
            for function, said in module.functions.items():
                self.functions.setdefault(function, []).append(said)
                if "body" in said:
                    self.macros.setdefault(function, (module, said))
            self._collect(statement[2], name, path)

    @staticmethod
    def _is_router(module: Module) -> bool:
        for call in module.body:
            if call[0] == "c" and call[1] == "use" and call[2]:
                said = call[2][0][1] if call[2][0][0] == "A" else ""
                if (
                    said in ("Phoenix.Router", "Plug.Router")
                    or said.endswith(".Router")
                    or (len(call[2]) > 1 and call[2][1] == ["s", "router"])
                ):
                    return True
        return False

    def resolve(self) -> "tuple[list[Route], list[Unresolved]]":
        """Routes from the routers that nothing forwards to, and the sockets of endpoints."""
        for name in sorted(self.routers):
            self._forwards(self.modules[name].body, self.modules[name])
        for name in sorted(self.routers - self.forwarded):
            self._router(self.modules[name], Scope(), 0)
        for module in self.modules.values():
            if module.name not in self.routers:
                for call in module.body:
                    if call[0] == "c" and call[1] == "socket" and call[2]:
                        self._socket(call, Scope(), module)
        return self.routes, self.unresolved

    def _forwards(self, body: "Ir", module: Module) -> None:
        for call in body:
            if call[0] != "c":
                continue
            if call[1] == "forward":
                for argument in [*call[2], *(v for k, v in call[3] if k == "to")]:
                    if argument[0] == "A":
                        for name in (module.full(argument[1]), argument[1]):
                            self.forwarded |= {r for r in self.routers if r == name or r.endswith(f".{name}")} - {module.name}
            if call[4]:
                self._forwards(call[4], module)

    # ---------------------------------------------------------------- routers

    def _router(self, module: Module, scope: Scope, depth: int) -> None:
        if depth > DEPTH:
            return
        inner = scope.copy()
        for call in module.body:
            if call[0] == "c" and call[1] == "plug":
                claim = self._plug(call, module, "", 4)
                if claim:
                    inner.claims.append(claim)
        self._body(module.body, inner, module, depth + 1)

    def _body(self, body: "Ir", scope: Scope, module: Module, depth: int) -> None:
        if depth > DEPTH:
            return
        for statement in body:
            tag = statement[0]
            if tag == "=":
                scope.names[statement[1]] = self._value(statement[2], scope, module)
            elif tag == "@=":
                scope.names[f"@{statement[1]}"] = self._value(statement[2], scope, module)
            elif tag == "c":
                self._call(statement, scope, module, depth)

    def _call(self, call: "Ir", scope: Scope, module: Module, depth: int) -> None:
        name, block = call[1], call[4]
        if name in VERBS or name == "match":
            self._verb(call, scope, module)
        elif name == "scope":
            self._scope(call, scope, module, depth)
        elif name == "pipe_through":
            for argument in call[2]:
                scope.pipes.extend(flat(self._value(argument, scope, module)))
        elif name == "resources":
            self._resources(call, scope, module, depth)
        elif name in ("live", "live_dashboard", "oban_dashboard") or name.endswith("_dashboard"):
            self._live(call, scope, module)
        elif name == "live_session":
            inner = scope.copy()
            inner.claims.extend(self._mounted(call))
            self._body(block or [], inner, module, depth + 1)
        elif name == "forward":
            self._forward(call, scope, module, depth)
        elif name == "socket":
            self._socket(call, scope, module)
        elif name == "for":
            self._for(call, scope, module, depth)
        elif name == "use" and call[2] and call[2][0][0] == "A":
            self._use(call, scope, module, depth)
        else:
            self._other(call, scope, module, depth)

    def _other(self, call: "Ir", scope: Scope, module: Module, depth: int) -> None:
        name, block = call[1], call[4]
        if name in ("if", "unless", "case", "with", "else", "quote"):
            self._body(block or [], scope.copy(), module, depth + 1)
        elif name in self.macros:
            self._macro(call, scope, module, depth)
        elif name.endswith("_routes"):
            self.unresolved.append(Unresolved(module.file, call[5], f"the routes that {name} adds are not listed"))

    def _verb(self, call: "Ir", scope: Scope, module: Module) -> None:
        arguments = list(call[2])
        methods = [VERBS.get(call[1], "")]
        if call[1] == "match":
            via = next((flat(self._value(v, scope, module)) for k, v in call[3] if k == "via"), None)
            first = self._value(arguments[0], scope, module) if arguments else None
            if via is not None or (isinstance(first, str) and (first.startswith("/") or not first) and len(arguments) < 3):
                methods = [m.upper() for m in via or []] or ["ANY"]
            else:
                methods = ["ANY" if m == "*" else m.upper() for m in flat(first)] or ["ANY"]
                arguments = arguments[1:]
        if not arguments or arguments[0] == ["n", "_"]:
            return
        path = text(self._value(arguments[0], scope, module))
        if arguments[0][0] == "w":
            path = text(self._value(arguments[0][1], scope, module))
        target = self._controller(arguments[1], scope, module) if len(arguments) > 1 else ""
        to = next((v[1] for k, v in call[3] if k == "to" and v[0] == "A"), None)
        action = arguments[2][1] if len(arguments) > 2 and arguments[2][0] == "s" else ""
        for method in methods:
            self._add(method, join(scope.path, path), target or (module.full(to) if to else ""), str(action), scope, module, call)

    def _controller(self, argument: "Ir", scope: Scope, module: Module) -> str:
        said = self._value(argument, scope, module)
        if not isinstance(said, str):
            return ""
        name = said.removeprefix("Elixir.")
        first = name.partition(".")[0]
        if first in module.aliases:
            return module.full(name)
        return f"{scope.alias}.{name}" if scope.alias else name

    def _scope(self, call: "Ir", scope: Scope, module: Module, depth: int) -> None:
        inner = scope.copy()
        path: Value = ""
        options = dict(call[3])
        for argument in call[2]:
            if argument[0] == "A" or (argument[0] == "n" and argument[1] == "__MODULE__"):
                inner.alias = self._joined(scope.alias, module.full(argument[1]))
            elif argument[0] == "l":
                continue
            else:
                path = self._value(argument, scope, module)
        if "path" in options:
            path = self._value(options["path"], scope, module)
        if options.get("alias", ["?"])[0] == "A":
            inner.alias = self._joined(scope.alias, module.full(options["alias"][1]))
        elif options.get("alias") == ["k", False]:
            inner.alias = ""
        said = text(path)
        inner.path = join(scope.path, said) if said else scope.path
        self._body(call[4] or [], inner, module, depth + 1)

    @staticmethod
    def _joined(above: str, name: str) -> str:
        return f"{above}.{name}" if above else name

    def _resources(self, call: "Ir", scope: Scope, module: Module, depth: int) -> None:
        if not call[2]:
            return
        path = text(self._value(call[2][0], scope, module))
        target = self._controller(call[2][1], scope, module) if len(call[2]) > 1 else ""
        options = dict(call[3])
        only = flat(self._value(options["only"], scope, module)) if "only" in options else None
        without = flat(self._value(options["except"], scope, module)) if "except" in options else []
        param = text(self._value(options["param"], scope, module)) if "param" in options else "id"
        single = options.get("singleton") == ["k", True]
        named = options.get("name", options.get("as"))
        base = join(scope.path, path)
        for action, method, below in RESOURCE:
            if (only is not None and action not in only) or action in without or (single and action == "index"):
                continue
            tail = below.replace("/{}", "") if single else below.replace("{}", f":{param}")
            if self._dead(target, action) and only is None:
                continue
            self._add(method, base.rstrip("/") + tail or "/", target, action, scope, module, call)
        if call[4]:
            inner = scope.copy()
            name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", target.rpartition(".")[2].removesuffix("Controller")).lower()
            if "name" in options and named and named[0] == "s":
                name = named[1]
            inner.path = base if single else f"{base}/:{name}_{param}"
            self._body(call[4], inner, module, depth + 1)

    def _dead(self, target: str, action: str) -> bool:
        """An action that `resources` brings and that its controller, which is here in full, does not have."""
        module = self.modules.get(target)
        if module is None or not module.functions or action in module.functions:
            return False
        return not any(c[0] == "c" and c[1] == "use" and len(c[2]) < 2 for c in module.body)

    def _live(self, call: "Ir", scope: Scope, module: Module) -> None:
        if not call[2]:
            return
        path = text(self._value(call[2][0], scope, module))
        target = self._controller(call[2][1], scope, module) if len(call[2]) > 1 else call[1]
        action = call[2][2][1] if len(call[2]) > 2 and call[2][2][0] == "s" else ""
        self._add("GET", join(scope.path, path), target, str(action), scope, module, call)

    def _mounted(self, call: "Ir") -> "list[Guard]":
        """What `on_mount` of a live session asks for."""
        for key, said in call[3]:
            if key == "on_mount":
                for name in words(said):
                    if self.names.match(name) and not self.optional.search(name):
                        return [Guard("guarded", name, f"live_session line {call[5]}")]
        return []

    def _forward(self, call: "Ir", scope: Scope, module: Module, depth: int) -> None:
        if not call[2]:
            return
        where = join(scope.path, text(self._value(call[2][0], scope, module)))
        to = next((v for k, v in call[3] if k == "to"), call[2][1] if len(call[2]) > 1 else ["?"])
        name = self._controller(to, scope, module)
        plain = module.full(to[1]) if to[0] == "A" else ""
        for one in (name, plain):
            if one in self.routers and one != module.name:
                inner = scope.copy()
                inner.path, inner.alias = where, ""
                inner.claims.extend(self._piped(scope, module))
                inner.pipes = []
                self._router(self.modules[one], inner, depth + 1)
                return
        self._add("ANY", where, plain or name, "", scope, module, call)

    def _socket(self, call: "Ir", scope: Scope, module: Module) -> None:
        if call[2] and len(call[2]) > 1 and call[2][0][0] == "s":
            target = module.full(call[2][1][1]) if call[2][1][0] == "A" else ""
            guard = Guard("unknown", "", f"socket {module.file}:{call[5]}")
            method = "WS" if module.name in self.routers else "SOCKET"  # an endpoint's channels are no routes of a router
            self.routes.append(Route(method, join(scope.path, call[2][0][1]), target, module.file, call[5], guard, "phoenix"))

    def _for(self, call: "Ir", scope: Scope, module: Module, depth: int) -> None:
        loops = [a for a in call[2] if a[0] == "in"]
        if not loops:
            self._body(call[4] or [], scope.copy(), module, depth + 1)
            return
        _, name, items = loops[0]
        found = self._value(items, scope, module)
        for item in found[:300] if isinstance(found, list) else [None]:
            inner = scope.copy()
            names = re.findall(r"\w+", name)
            values = item if isinstance(item, list) and len(names) > 1 else [item]
            inner.names.update(zip(names, values, strict=False))
            self._body(call[4] or [], inner, module, depth + 1)

    def _use(self, call: "Ir", scope: Scope, module: Module, depth: int) -> None:
        target = self.modules.get(module.full(call[2][0][1]))
        said = target.functions.get("__using__") if target else None
        if target is not None and said and "body" in said:
            self._quoted(said["body"], scope, module, depth)

    def _quoted(self, body: "Ir", scope: Scope, module: Module, depth: int) -> None:
        for statement in body:
            if statement[0] == "=":
                scope.names[statement[1]] = self._value(statement[2], scope, module)
            elif statement[0] == "c" and statement[1] == "quote":
                self._body(statement[4] or [], scope, module, depth + 1)

    def _macro(self, call: "Ir", scope: Scope, module: Module, depth: int) -> None:
        _, said = self.macros[call[1]]
        inner = scope.copy()
        options = {k: self._value(v, scope, module) for k, v in call[3]}
        values: list[Value] = [self._value(a, scope, module) for a in call[2]]
        if call[3]:
            values.append(options)
        inner.names.update(zip(said.get("params", []), values, strict=False))
        self._quoted(said["body"], inner, module, depth)
        if call[4]:
            self._body(call[4], inner, module, depth + 1)

    # ---------------------------------------------------------------- values

    def _value(self, expression: "Ir", scope: Scope, module: Module) -> "Value":
        tag = expression[0]
        if tag in ("s", "k", "A"):
            return expression[1]
        if tag == "f":
            return "".join(text(self._value(part, scope, module)) for part in expression[1])
        if tag == "l":
            return [self._value(one, scope, module) for one in expression[1]]
        if tag == "n":
            return scope.names.get(expression[1])
        if tag == "@":
            said = module.attributes.get(expression[1])
            return self._value(said, scope, module) if said else scope.names.get(f"@{expression[1]}")
        if tag == "+":
            left, right = self._value(expression[1], scope, module), self._value(expression[2], scope, module)
            return [*left, *right] if isinstance(left, list) and isinstance(right, list) else text(left) + text(right)
        if tag == "c" and expression[1] == "unquote" and expression[2]:
            return self._value(expression[2][0], scope, module)
        if tag == "c" and expression[1] == "Keyword.get" and len(expression[2]) > 1:
            return self._option(expression, scope, module)
        return None

    def _option(self, expression: "Ir", scope: Scope, module: Module) -> "Value":
        options = self._value(expression[2][0], scope, module)
        key = self._value(expression[2][1], scope, module)
        if isinstance(options, dict) and key in options:
            return options[key]
        return self._value(expression[2][2], scope, module) if len(expression[2]) > 2 else None

    # ---------------------------------------------------------------- guards

    def _add(self, method: str, path: str, target: str, action: str, scope: Scope, module: Module, call: "Ir") -> None:
        path = path.rstrip("/") or "/"
        if UNKNOWN in path:
            self.unresolved.append(Unresolved(module.file, call[5], "a part of this path is not known"))
        claims = [*scope.claims, *self._piped(scope, module)]
        controller = self.modules.get(target)
        function = controller.functions.get(action) if controller else None
        if controller is not None:
            claims.extend(self._plugs(controller, action))
        guard = next((c for c in claims if c.state == "guarded"), next(iter(claims), OPEN))
        if guard.state == "open" and controller is None and target and not target.startswith(("Phoenix.", "Plug.", "OpenApiSpex")):
            guard = Guard("unknown")
        handler = f"{target}.{action}" if action else target
        at = (controller.file, function["line"], function["end"]) if controller and function else ("", 0, 0)
        if not target and call[4]:
            at = (module.file, call[5], call[5])
        self.routes.append(Route(method, path, handler, module.file, call[5], guard, "phoenix" if target else "plug", *at))

    def _piped(self, scope: Scope, module: Module) -> "list[Guard]":
        claims = []
        for name in scope.pipes:
            pipeline = next((c for c in module.body if c[0] == "c" and c[1] == "pipeline" and c[2] and c[2][0] == ["s", name]), None)
            if pipeline is None:
                claim = self._named(name, module, f"pipe_through {module.file}", 4)
                claims.extend([claim] if claim else [])
                continue
            claims.extend(self._pipeline(pipeline[4] or [], module, 4))
        return claims

    def _pipeline(self, body: "Ir", module: Module, depth: int) -> "list[Guard]":
        found = [self._plug(call, module, "", depth) for call in body if call[0] == "c" and call[1] in ("plug", "pipe_through")]
        return [claim for claim in found if claim]

    def _plugs(self, controller: Module, action: str) -> "list[Guard]":
        found = [self._plug(call, controller, action, 4) for call in controller.body if call[0] == "c" and call[1] == "plug"]
        return [claim for claim in found if claim]

    def _plug(self, call: "Ir", module: Module, action: str, depth: int) -> "Guard | None":
        """What one `plug` claims for an action; "" where it stands before all."""
        if not call[2]:
            return None
        target = call[2][0]
        condition = next((a for a in call[2] if a[0] == "w"), None)
        if condition is not None:
            target = condition[1] if target is condition else target
            if condition[2] is None:
                claim = self._target(target, call, module, depth)
                return claim._replace(state="unknown") if claim else None
            names = self._actions(condition[2], module)
            if (action in names) == condition[3]:
                return None
        return self._target(target, call, module, depth)

    def _actions(self, names: "list[str]", module: Module) -> "list[str]":
        found: list[str] = []
        for name in names:
            if name.startswith("@"):
                said = module.attributes.get(name[1:])
                found.extend(flat(self._value(said, Scope(), module)) if said else [])
            else:
                found.append(name)
        return found

    def _target(self, target: "Ir", call: "Ir", module: Module, depth: int) -> "Guard | None":
        source = f"plug {module.file}:{call[5]}"
        if any(k in ("allow_blank", "optional") and v == ["k", True] for k, v in call[3]):
            return None
        if target[0] in ("s", "A"):
            return self._named(target[1], module, source, depth)
        return None

    def _named(self, name: str, module: Module, source: str, depth: int) -> "Guard | None":
        full = module.full(name) if name[:1].isupper() else name
        tail = full.rpartition(".")[2]
        if depth == 0 or self.optional.search(tail):
            return None
        if full in self.libraries:
            return Guard("guarded", tail, source)
        other = self.modules.get(full)
        if other is not None:
            return self._module(other, tail, source, depth)
        if name[:1].isupper():
            return Guard("guarded", tail, source) if self.names.match(tail) else None
        said = module.functions.get(name)
        candidates = [said] if said else self.functions.get(name, [])
        if candidates:
            named = bool(self.names.match(name))
            if any(self._refuses(one, module, 3, named) for one in candidates):
                looks = any(one.get("looks") for one in candidates)
                return Guard("unknown" if looks or not named else "guarded", name, source)
            return None
        return Guard("guarded", name, source) if self.names.match(name) else None

    def _refuses(self, function: "dict[str, Any]", module: Module, depth: int, named: bool) -> bool:
        if function.get("refuses" if named else "asks") or (named and function.get("halts")):
            return True
        if depth == 0:
            return False
        inner = [module.functions.get(name) for name in function.get("calls", []) if self.names.match(name)]
        return any(one is not None and one is not function and self._refuses(one, module, depth - 1, True) for one in inner)

    def _module(self, other: Module, tail: str, source: str, depth: int) -> "Guard | None":
        """A plug module: a pipeline of plugs, or one whose functions refuse."""
        found = self._pipeline(other.body, other, depth - 1)
        if found:
            return found[0]._replace(source=source)
        named = bool(self.names.match(tail))
        if any(one.get("refuses" if named else "asks") or (named and one.get("halts")) for one in other.functions.values()):
            looks = any(one.get("looks") for one in other.functions.values())
            return Guard("guarded" if named and not looks else "unknown", tail, source)
        return None


def text(value: "Value") -> str:
    """A value as a part of a path."""
    return value if isinstance(value, str) else UNKNOWN


def flat(value: "Value") -> "list[str]":
    """`:index` and `[:index, :show]` alike."""
    if isinstance(value, str):
        return [value]
    return [v for one in value for v in flat(one)] if isinstance(value, list) else []


def words(expression: "Ir") -> "list[str]":
    """Every atom of an expression."""
    if expression[0] in ("s", "A"):
        return [str(expression[1]).rpartition(".")[2]]
    return [w for one in expression[1] for w in words(one)] if expression[0] == "l" else []
