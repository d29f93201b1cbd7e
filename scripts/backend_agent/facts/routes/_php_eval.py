"""Run the routing files of Laravel, Lumen, Slim and their like: groups within groups, files within files, loops over constants."""

import fnmatch
import posixpath
import re

from backend_agent import catalog
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.model import Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Value = Any
    Ir = list[Any]

VERBS = {
    "get": "GET",
    "post": "POST",
    "put": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "options": "OPTIONS",
    "head": "HEAD",
    "any": "ANY",
}
ROUTERS = {"router", "app", "route", "routes", "api", "group", "r", "g", "slim", "proxy", "subgroup", "v1", "v2"}
"""Names of variables that hold a router where nothing says what they hold."""

RESOURCE = {
    "index": ("GET", ""), "create": ("GET", "/create"), "store": ("POST", ""), "show": ("GET", "/{}"), "edit": ("GET", "/{}/edit"),
    "update": ("PUT", "/{}"), "destroy": ("DELETE", "/{}"),
}  # fmt: skip
SINGLETON = {
    "create": ("GET", "/create"),
    "store": ("POST", ""),
    "show": ("GET", ""),
    "edit": ("GET", "/edit"),
    "update": ("PUT", ""),
    "destroy": ("DELETE", ""),
}
DEPTH = 60
MOST = 30_000


class Unknown:
    """Nothing is known of this value."""


UNKNOWN_VALUE = Unknown()


class Context:
    """What the groups around a declaration say."""

    __slots__ = ("controller", "file", "middleware", "namespace", "prefix", "without")

    def __init__(self, file: str = "") -> None:
        self.prefix = ""
        self.middleware: list[str] = []
        self.without: list[str] = []
        self.controller = ""
        self.namespace = ""
        self.file = file

    def copy(self) -> "Context":
        """Another one that says the same."""
        other = Context(self.file)
        other.prefix, other.controller, other.namespace = self.prefix, self.controller, self.namespace
        other.middleware, other.without = list(self.middleware), list(self.without)
        return other


class Router:
    """`Route`, `$router` or a chain of attributes that a group is about to have."""

    def __init__(self, context: Context) -> None:
        self.context = context


class Declared:
    """A route, still open to what the rest of its chain says."""

    __slots__ = ("action", "context", "line", "methods", "middleware", "path", "without")

    def __init__(self, methods: "list[str]", path: str, action: "Value", context: Context, line: int) -> None:
        self.methods = methods
        self.path = path
        self.action = action
        self.context = context
        self.line = line
        self.middleware: list[str] = []
        self.without: list[str] = []


class Resource:
    """The routes of `Route::resource`, still open to `only` and `except`."""

    def __init__(self, routes: "dict[str, list[Declared]]") -> None:
        self.routes = routes


class Group:
    """What a group registered: Slim adds middleware afterwards."""

    def __init__(self, routes: "list[Declared]") -> None:
        self.routes = routes


class Closure:
    """An anonymous function with the variables it sees."""

    def __init__(self, function: "dict[str, Any]", names: "dict[str, Value]", context: Context) -> None:
        self.function = function
        self.names = names
        self.context = context


class Machine:
    """Evaluates routing programs of one project."""

    def __init__(self, repository: Repository, programs: "dict[str, Ir]", classes: "dict[str, tuple[str, dict[str, Any]]]") -> None:
        self.repository = repository
        self.programs = programs
        self.classes = classes
        self.declared: list[Declared] = []
        self.unresolved: list[Unresolved] = []
        self.loaded: set[str] = set()
        self.depth = 0
        self.catalog = catalog.load("facts", "php")
        self.configs: dict[str, Value] = {}

    # ---------------------------------------------------------------- files

    def root(self, file: str) -> str:
        """The folder of the application that a file belongs to: where artisan or composer.json is."""
        folder = posixpath.dirname(file)
        while True:
            for name in ("artisan", "composer.json"):
                if self.repository.exists(f"{folder}/{name}" if folder else name):
                    return folder
            if not folder:
                return ""
            folder = posixpath.dirname(folder)

    def file(self, path: str, context: Context, names: "dict[str, Value] | None" = None) -> None:
        """Run a routing file within the groups around it."""
        program = self.programs.get(path)
        if program is None or self.depth > DEPTH:
            return
        self.loaded.add(path)
        inner = context.copy()
        inner.file = path
        scope = dict(names or {})
        found = self.run(program, scope, inner)
        if isinstance(found, Closure):  # `return function (App $app) { … }`
            self.call(found, [Router(inner)], inner)

    def paths(self, value: "Value") -> "list[str]":
        """The routing files that a value names: a path below the repository, `*` for any."""
        if not isinstance(value, str) or not value.startswith("@/"):
            return []
        path = posixpath.normpath(value[2:])
        if "*" in path:
            return [p for p in self.programs if fnmatch.fnmatchcase(p, path)]
        return [p for p in (path, f"{path}.php") if p in self.programs][:1]

    # ---------------------------------------------------------------- statements

    def run(self, program: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        """Run statements; the value of a `return`, if one is reached."""
        self.depth += 1
        result: Value = None
        try:
            for statement in program:
                if self.depth > DEPTH or len(self.declared) > MOST:
                    break
                tag = statement[0]
                if tag == "return":
                    found = self.value(statement[1], names, context)
                    result = found if result is None else result
                elif tag == "if":
                    for branch in (statement[1], statement[2]):
                        found = self.run(branch, names, context)
                        result = found if result is None else result
                elif tag == "for":
                    self._loop(statement, names, context)
                elif tag not in ("class", "function"):
                    self.value(statement, names, context)
        finally:
            self.depth -= 1
        return result

    def _loop(self, statement: "Ir", names: "dict[str, Value]", context: Context) -> None:
        _, key, name, items, body = statement
        found = self.value(items, names, context)
        pairs = list(found.items()) if isinstance(found, dict) else [(UNKNOWN_VALUE, UNKNOWN_VALUE)]
        for one, value in pairs[:300]:
            names[name] = value
            if key:
                names[key] = one
            self.run(body, names, context)

    # ---------------------------------------------------------------- values

    def value(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        """The value of an expression."""
        handler = VALUES.get(expression[0])
        return handler(self, expression, names, context) if handler else UNKNOWN_VALUE

    def arguments(self, given: "Ir", names: "dict[str, Value]", context: Context) -> "tuple[list[Value], dict[str, Value]]":
        """Positional and named arguments."""
        positional: list[Value] = []
        named: dict[str, Value] = {}
        for name, value in given:
            found = self.value(value, names, context)
            if name:
                named[name] = found
            else:
                positional.append(found)
        return positional, named

    def _array(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        out: dict[Any, Value] = {}
        for key, value in expression[1]:
            found = self.value(value, names, context)
            if key == ["..."]:
                for inner in found.values() if isinstance(found, dict) else []:
                    out[len(out)] = inner
            elif key is None:
                out[len(out)] = found
            else:
                name = self.value(key, names, context)
                out[name if isinstance(name, str) else len(out)] = found
        return out

    def _formatted(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        return "".join(text(self.value(part, names, context)) for part in expression[1])

    def _joined(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        left, right = self.value(expression[1], names, context), self.value(expression[2], names, context)
        return text(left) + text(right)

    def _either(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        left = self.value(expression[1], names, context)
        return self.value(expression[2], names, context) if left is UNKNOWN_VALUE or left is None or left is False else left

    def _assign(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        found = self.value(expression[2], names, context)
        names[expression[1]] = found
        return found

    def _variable(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        name = expression[1]
        if name in names:
            return names[name]
        return Router(context) if name in ROUTERS else UNKNOWN_VALUE

    def _name(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        if expression[1] == "__DIR__":
            return "@/" + posixpath.dirname(context.file)
        return UNKNOWN_VALUE

    def _index(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        owner, key = self.value(expression[1], names, context), self.value(expression[2], names, context)
        return owner.get(key, UNKNOWN_VALUE) if isinstance(owner, dict) and isinstance(key, str) else UNKNOWN_VALUE

    def _property(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        owner = self.value(expression[1], names, context)
        if expression[2] == "router" and isinstance(owner, Router | Unknown):
            return Router(context)
        this = names.get("this")
        if expression[1] == ["v", "this"] and isinstance(this, dict):
            said = this.get("props", {}).get(expression[2])
            return self.value(said, names, context) if said else UNKNOWN_VALUE
        return UNKNOWN_VALUE

    def _class_constant(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        this = names.get("this")
        found = self.classes.get(expression[1])
        owner = this if expression[1] in ("self", "static") and isinstance(this, dict) else found[1] if found else None
        said = owner.get("props", {}).get(expression[2]) if owner else None
        return self.value(said, names, context) if said else UNKNOWN_VALUE

    def _function(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        name, given, callee = expression[1], expression[2], expression[4]
        positional, _ = self.arguments(given, names, context)
        first = positional[0] if positional else UNKNOWN_VALUE
        if name in ("base_path", "app_path", "config_path"):
            below = {"base_path": "", "app_path": "app/", "config_path": "config/"}[name]
            said = text(first) if positional else ""
            return f"@/{self.root(context.file)}/{below}{said.lstrip('/')}".replace("@//", "@/")
        if name == "dirname":
            return posixpath.dirname(first) if isinstance(first, str) else UNKNOWN_VALUE
        if name == "glob" and isinstance(first, str):
            return {i: "@/" + p for i, p in enumerate(self.paths(first))}
        if name in ("config", "env"):
            return self._config(name, positional, context)
        if name in ("trim", "rtrim", "ltrim") and isinstance(first, str):
            return first.strip("/ ") if name == "trim" else first.rstrip("/ ") if name == "rtrim" else first.lstrip("/ ")
        if name in ("app", "resolve"):
            return Router(context) if "outer" in text(first) else UNKNOWN_VALUE
        if name == "sprintf" and isinstance(first, str):
            values = iter([text(v) for v in positional[1:]])
            return re.sub(r"%(?:\d+\$)?[sd]", lambda _: next(values, UNKNOWN), first)
        if name == "array_merge":
            merged: dict[Any, Value] = {}
            for one in positional:
                for key, value in one.items() if isinstance(one, dict) else []:
                    merged[key if isinstance(key, str) else len(merged)] = value
            return merged
        target = self.value(callee, names, context) if callee != ["?"] else UNKNOWN_VALUE
        if isinstance(target, Closure):
            return self.call(target, positional, context)
        if name in self.functions:
            path, function = self.functions[name]
            inner = context.copy()
            return self.call(Closure(function, {}, inner), positional, inner) if function.get("body") and path else UNKNOWN_VALUE
        return UNKNOWN_VALUE

    @property
    def functions(self) -> "dict[str, tuple[str, dict[str, Any]]]":
        """Functions that routing files define."""
        if self._functions is None:
            self._functions = {s[1]["name"]: (p, s[1]) for p, program in self.programs.items() for s in program if s[0] == "function"}
        return self._functions

    _functions: "dict[str, tuple[str, dict[str, Any]]] | None" = None

    def _config(self, name: str, positional: "list[Value]", context: Context) -> "Value":
        default = positional[1] if len(positional) > 1 else UNKNOWN_VALUE
        if name == "env" or not positional or not isinstance(positional[0], str):
            return default if isinstance(default, str) else UNKNOWN_VALUE
        first, *rest = positional[0].split(".")
        path = posixpath.join(self.root(context.file), "config", f"{first}.php")
        if path not in self.configs:
            self.configs[path] = UNKNOWN_VALUE
            program = self.programs.get(path) or self._read(path)
            self.configs[path] = self.run(program, {}, Context(path)) if program else UNKNOWN_VALUE
        found = self.configs[path]
        for part in rest:
            found = found.get(part, UNKNOWN_VALUE) if isinstance(found, dict) else UNKNOWN_VALUE
        if isinstance(found, str | dict | bool):
            return found
        return default if isinstance(default, str) or default is None else UNKNOWN_VALUE

    def _read(self, path: str) -> "Ir":
        if not self.repository.exists(path):
            return []
        from backend_agent.facts.routes import _php_ir
        from backend_agent.facts.source import SourceFile

        return _php_ir.program(SourceFile(path, self.repository.read(path), "php").root)

    def _require(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        said = self.value(expression[1], names, context)
        found = self.paths(said)
        if not found and (not isinstance(said, str) or UNKNOWN in said):
            self.unresolved.append(Unresolved(context.file, expression[2], "which file is included here is not known"))
        for path in found:
            if path != context.file:
                self.file(path, context, {k: v for k, v in names.items() if isinstance(v, str | dict)})
        return UNKNOWN_VALUE

    def call(self, closure: "Value", given: "list[Value]", context: Context) -> "Value":
        """Run a closure; a router it is given stands for the context."""
        if not isinstance(closure, Closure) or not closure.function.get("body"):
            return UNKNOWN_VALUE
        names = dict(closure.names)
        for index, (name, _, default) in enumerate(closure.function["params"]):
            if index < len(given):
                names[name] = given[index]
            elif default is not None:
                names[name] = self.value(default, names, context)
            else:
                names[name] = Router(context) if name.lower() in ROUTERS else UNKNOWN_VALUE
        return self.run(closure.function["body"], names, context)

    # ---------------------------------------------------------------- calls that route

    def _static(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        _, owner, name, given, line = expression
        tail = owner.rpartition("\\")[2]
        positional, named = self.arguments(given, names, context)
        if tail in ("Route", "RouteFacade", "Router"):
            return self.routed(Router(context.copy()), name, positional, named, context, line)
        if tail in ("Volt", "Livewire") and name == "route":
            return self.declare(["GET"], positional, context, line)
        if tail == "Auth" and name == "routes":
            return self._auth_routes(context, line)
        if tail == "Closure" and name == "fromCallable":
            return UNKNOWN_VALUE
        if tail in ("AppFactory", "Slim"):
            return Router(context)
        this = names.get("this")
        klass = this if owner in ("self", "static") and isinstance(this, dict) else self.classes.get(owner, ("", None))[1]
        method = self.method(klass, name) if klass else None
        if klass and method is not None and method.get("body") is not None:
            return self.call(Closure(method, {"this": klass}, context), positional, context)
        return UNKNOWN_VALUE

    def _member(self, expression: "Ir", names: "dict[str, Value]", context: Context) -> "Value":
        _, owner_said, name, given, line = expression
        owner = self.value(owner_said, names, context)
        this = names.get("this")
        if owner_said == ["v", "this"] and isinstance(this, dict):
            return self._this(this, name, given, names, context, line)
        positional, named = self.arguments(given, names, context)
        if isinstance(owner, Declared | Resource | Group):
            return self.refine(owner, name, positional)
        if isinstance(owner, Router):
            return self.routed(owner, name, positional, named, context, line)
        for one in [*positional, *named.values()]:
            if isinstance(one, Closure) and name in ("booted", "tap", "when", "unless", "withRouting", "then", "using", "routes"):
                self.call(one, [Router(context)], context)
        return UNKNOWN_VALUE

    def _this(self, this: "dict[str, Any]", name: str, given: "Ir", names: "dict[str, Value]", context: Context, line: int) -> "Value":
        method = self.method(this, name)
        positional, named = self.arguments(given, names, context)
        if name == "loadRoutesFrom":
            self.load(positional[0] if positional else UNKNOWN_VALUE, context, line)
            return UNKNOWN_VALUE
        if method is not None and method.get("body") is not None:
            return self.call(Closure(method, {"this": this}, context), positional, context)
        for one in [*positional, *named.values()]:
            if isinstance(one, Closure):
                one.names.setdefault("this", this)
                self.call(one, [Router(context)], context)
        return UNKNOWN_VALUE

    def method(self, klass: "dict[str, Any]", name: str) -> "dict[str, Any] | None":
        """A method of a class or of its ancestors in the project."""
        seen = 0
        one: dict[str, Any] | None = klass
        while one is not None and seen < 12:
            for owner in [one, *(self.classes[t][1] for t in one.get("traits", []) if t in self.classes)]:
                if name in owner["methods"]:
                    return owner["methods"][name]  # type: ignore[no-any-return]
            found = self.classes.get(one.get("parent", ""))
            one = found[1] if found else None
            seen += 1
        return None

    def load(self, value: "Value", context: Context, line: int) -> None:
        """Run the routing files a value names."""
        values = list(value.values()) if isinstance(value, dict) else [value]
        for one in values:
            if isinstance(one, Closure):
                self.call(one, [Router(context)], context)
                continue
            found = self.paths(one)
            if not found:
                self.unresolved.append(Unresolved(context.file, line, "which routing file is loaded here is not known"))
            for path in found:
                self.file(path, context)

    def routed(self, owner: Router, name: str, given: "list[Value]", named: "dict[str, Value]", context: Context, line: int) -> "Value":
        """A method of a router."""
        here = owner.context
        handler = ROUTER_METHODS.get(name)
        if handler:
            return handler(self, here, given, named, line)
        if name in VERBS and given:
            return self.declare([VERBS[name]], given, here, line)
        return owner

    def declare(self, methods: "list[str]", given: "list[Value]", context: Context, line: int) -> Declared:
        """Register a route."""
        path = text(given[0]) if given else ""
        if UNKNOWN in path:
            self.unresolved.append(Unresolved(context.file, line, "a part of this path is not known"))
        action = given[1] if len(given) > 1 else None
        one = Declared(methods, join(context.prefix, path), action, context.copy(), line)
        if isinstance(action, dict):
            one.middleware.extend(strings(action.get("middleware")))
        if len(given) > 2 and isinstance(given[2], dict):  # CodeIgniter's options
            one.middleware.extend(strings(given[2].get("filter")))
        self.declared.append(one)
        return one

    def refine(self, owner: "Declared | Resource | Group", name: str, given: "list[Value]") -> "Value":
        """What the rest of a chain says of routes that are registered already."""
        many = (
            [owner]
            if isinstance(owner, Declared)
            else owner.routes
            if isinstance(owner, Group)
            else [r for rs in owner.routes.values() for r in rs]
        )
        if name in ("middleware", "add", "addMiddleware"):
            for one in many:
                one.middleware.extend(s for g in given for s in strings(g))
        elif name == "withoutMiddleware":
            for one in many:
                one.without.extend(s for g in given for s in strings(g))
        elif name in ("can", "authorize"):
            for one in many:
                one.middleware.append("can")
        elif name == "prefix" and given:
            for one in many:
                one.path = join(text(given[0]), one.path)
        elif isinstance(owner, Resource):
            self._refine_resource(owner, name, given)
        return owner

    def _refine_resource(self, owner: Resource, name: str, given: "list[Value]") -> None:
        said = [s for g in given for s in strings(g)]
        if name in ("only", "except"):
            for action in list(owner.routes):
                if (action in said) != (name == "only"):
                    for one in owner.routes.pop(action):
                        self.declared.remove(one)
        elif name in ("middlewareFor", "withoutMiddlewareFor") and len(given) > 1:
            for action in strings(given[0]):
                for one in owner.routes.get(action, []):
                    (one.middleware if name == "middlewareFor" else one.without).extend(strings(given[1]))
        elif name == "parameters" and given and isinstance(given[0], dict):
            return

    # ---------------------------------------------------------------- methods of routers

    def _prefix(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        inner = here.copy()
        said = text(given[0]) if given else UNKNOWN
        if UNKNOWN in said:
            self.unresolved.append(Unresolved(here.file, line, "the prefix of this group is not known"))
        inner.prefix = join(here.prefix, said) if said else here.prefix
        return Router(inner)

    def _middleware(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        inner = here.copy()
        inner.middleware.extend(s for g in given for s in strings(g))
        return Router(inner)

    def _without(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        inner = here.copy()
        inner.without.extend(s for g in given for s in strings(g))
        return Router(inner)

    def _controller(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        inner = here.copy()
        inner.controller = text(given[0]) if given else ""
        return Router(inner)

    def _namespace(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        inner = here.copy()
        said = given[0] if given and isinstance(given[0], str) else ""
        inner.namespace = said if said.startswith("App\\") or not here.namespace else f"{here.namespace}\\{said}"
        return Router(inner)

    def _group(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        inner = here.copy()
        target: Value = None
        for one in [*given, *named.values()]:
            if isinstance(one, dict) and not isinstance(target, Closure):
                self._group_options(inner, one)
            elif isinstance(one, str) and not one.startswith("@/") and one is not UNKNOWN and one is given[0]:
                inner.prefix = join(inner.prefix, one) if one else inner.prefix
            else:
                target = one
        before = len(self.declared)
        if isinstance(target, Closure):
            self.call(target, [Router(inner)], inner)
        elif target is not None:
            self.load(target, inner, line)
        return Group(self.declared[before:])

    def _group_options(self, inner: Context, options: "dict[Any, Value]") -> None:
        if "prefix" in options:
            said = text(options["prefix"]) if options["prefix"] is not None else ""
            if UNKNOWN in said:
                self.unresolved.append(Unresolved(inner.file, 1, "the prefix of a group is not known"))
            inner.prefix = join(inner.prefix, said) if said else inner.prefix
        inner.middleware.extend(strings(options.get("middleware")) + strings(options.get("filter")))
        if isinstance(options.get("namespace"), str):
            inner.namespace = f"{inner.namespace}\\{options['namespace']}" if inner.namespace else options["namespace"]
        if isinstance(options.get("controller"), str):
            inner.controller = options["controller"]

    def _match(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        methods = [m.upper() for m in strings(given[0] if given else None)] or ["ANY"]
        return self.declare(methods, given[1:], here, line)

    def _redirect(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        return self.declare(["ANY"], [given[0] if given else "", "redirect"], here, line)

    def _view(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        return self.declare(["GET"], [given[0] if given else "", "view"], here, line)

    def _version(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        return self._group(here, given[1:], named, line)

    def _base(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        here.prefix = join(here.prefix, text(given[0])) if given else here.prefix
        return Router(here)

    def _resources(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int, api: bool = False) -> "Value":
        routes: dict[str, list[Declared]] = {}
        for name, controller in given[0].items() if given and isinstance(given[0], dict) else []:
            made = self._resource(here, [name, controller, *given[1:]], named, line, api)
            for action, declared in made.routes.items():
                routes.setdefault(action, []).extend(declared)
        return Resource(routes)

    def _api_resources(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        return self._resources(here, given, named, line, True)

    def _api_resource(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Resource":
        return self._resource(here, given, named, line, True)

    def _resource(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int, api: bool = False) -> "Resource":
        name = text(given[0]) if given else UNKNOWN
        options = given[2] if len(given) > 2 and isinstance(given[2], dict) else {}
        renamed = options.get("parameters") if isinstance(options.get("parameters"), dict) else {}
        parts = name.strip("/").split(".")
        base = ""
        for part in parts[:-1]:
            base = join(base, f"{part}/{{{self._parameter(part, renamed)}}}")
        base = join(base, parts[-1])
        parameter = self._parameter(parts[-1].rpartition("/")[2], renamed)
        shallow = options.get("shallow") is True
        routes: dict[str, list[Declared]] = {}
        only, without = strings(options.get("only")), strings(options.get("except"))
        for action, (method, below) in RESOURCE.items():
            if (api and action in ("create", "edit")) or (only and action not in only) or action in without:
                continue
            where = parts[-1] if shallow and "{}" in below else base
            path = where + below.replace("{}", f"{{{parameter}}}")
            routes[action] = [
                self.declare(
                    ["PUT", "PATCH"] if action == "update" else [method],
                    [path, {0: given[1] if len(given) > 1 else "", 1: action}],
                    here,
                    line,
                )
            ]
        return Resource(routes)

    @staticmethod
    def _parameter(part: str, renamed: "Value") -> str:
        said = renamed.get(part) if isinstance(renamed, dict) else None
        return said if isinstance(said, str) else singular(part).replace("-", "_")

    def _singleton(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        name = text(given[0]) if given else UNKNOWN
        base = ""
        parts = name.split(".")
        for part in parts[:-1]:
            base = join(base, f"{part}/{{{singular(part)}}}")
        routes: dict[str, list[Declared]] = {}
        for action in ("show", "edit", "update"):
            method, below = SINGLETON[action]
            routes[action] = [
                self.declare(
                    ["PUT", "PATCH"] if action == "update" else [method],
                    [join(base, parts[-1]) + below, {0: given[1] if len(given) > 1 else "", 1: action}],
                    here,
                    line,
                )
            ]
        return Resource(routes)

    def _auth_routes(self, context: Context, line: int) -> "Value":
        for method, path, controller, action in self.catalog["auth_routes"]:
            self.declare([method], [path, {0: f"App\\Http\\Controllers\\Auth\\{controller}", 1: action}], context, line)
        return UNKNOWN_VALUE

    def _nothing(self, here: Context, given: "list[Value]", named: "dict[str, Value]", line: int) -> "Value":
        return UNKNOWN_VALUE


VALUES: "dict[str, Callable[[Machine, Ir, dict[str, Value], Context], Value]]" = {
    "s": lambda machine, e, names, context: e[1],
    "k": lambda machine, e, names, context: e[1],
    "cls": lambda machine, e, names, context: e[1],
    "fn": lambda machine, e, names, context: Closure(e[1], names, context),
    "new": lambda machine, e, names, context: Router(context) if e[1].rpartition("\\")[2] in ("App", "Slim", "Router") else e[1],
    "a": Machine._array, "f": Machine._formatted, ".": Machine._joined, "??": Machine._either, "||": Machine._either, "=": Machine._assign,
    "v": Machine._variable, "n": Machine._name, "[]": Machine._index, "p": Machine._property, "cc": Machine._class_constant,
    "fc": Machine._function, "req": Machine._require, "sc": Machine._static, "mc": Machine._member,
}  # fmt: skip

ROUTER_METHODS: "dict[str, Callable[[Machine, Context, list[Value], dict[str, Value], int], Value]]" = {
    "prefix": Machine._prefix, "middleware": Machine._middleware, "withoutMiddleware": Machine._without, "controller": Machine._controller,
    "namespace": Machine._namespace, "group": Machine._group, "match": Machine._match, "map": Machine._match, "redirect": Machine._redirect,
    "permanentRedirect": Machine._redirect, "view": Machine._view, "inertia": Machine._view, "version": Machine._version,
    "setBasePath": Machine._base, "resource": Machine._resource, "resources": Machine._resources, "apiResource": Machine._api_resource,
    "apiResources": Machine._api_resources, "singleton": Machine._singleton, "apiSingleton": Machine._singleton,
    "fallback": Machine._nothing,
    "pattern": Machine._nothing, "model": Machine._nothing, "bind": Machine._nothing, "macro": Machine._nothing, "has": Machine._nothing,
}  # fmt: skip


def text(value: "Value") -> str:
    """A value as a part of a path or a name."""
    if isinstance(value, str):
        return value
    return "" if value is None or value is False else UNKNOWN


def strings(value: "Value") -> "list[str]":
    """`"auth"`, `"auth|can:x"` and `["auth", X::class]` alike."""
    if isinstance(value, str):
        return [value]
    return [s for v in value.values() for s in strings(v)] if isinstance(value, dict) else []


def singular(word: str) -> str:
    """English singular, as far as parameters of resources need it."""
    for end, instead in (
        ("ies", "y"),
        ("lves", "lf"),
        ("sses", "ss"),
        ("shes", "sh"),
        ("ches", "ch"),
        ("xes", "x"),
        ("people", "person"),
        ("children", "child"),
    ):
        if word.endswith(end):
            return word[: -len(end)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word


def plain(path: str) -> str:
    """A path without the expressions of its parameters: `/{id:[0-9]+}[/{page}]` is `/{id}`."""
    path = re.sub(r"\{(\w+)\??:(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", path)
    while True:
        shorter = re.sub(r"\[[^\[\]]*\]$", "", path)
        if shorter == path:
            return (
                path.replace("(:num)", "{num}")
                .replace("(:any)", "{any}")
                .replace("(:segment)", "{segment}")
                .replace("(:alphanum)", "{alphanum}")
            )
        path = shorter
