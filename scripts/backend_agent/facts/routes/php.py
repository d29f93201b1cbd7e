"""Routes of PHP projects: Laravel, Lumen, Slim, Symfony, CodeIgniter.

Routing files run in `_php_eval`, middleware is judged in `_php_guards`, attributes and YAML of Symfony are read by `_php_symfony`.
"""

import re

from backend_agent.facts.routes import _php_ir as ir
from backend_agent.facts.routes._php_eval import Closure, Context, Declared, Machine, Router, plain, text
from backend_agent.facts.routes._php_guards import Judge
from backend_agent.facts.routes._php_symfony import Symfony
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.facts.source import SourceFile
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Ir = list[Any]

ROUTING = re.compile(r"(?:^|/)(?:routes?|Routes)(?:/.*)?\.php$|(?:^|/)bootstrap/app\.php$|(?:^|/)app/Config/Routes\.php$|(?:^|/)routes/")
PLACES = re.compile(r"Controller|(?:^|/)Kernel\.php$|Middleware|/Filters/|ServiceProvider\.php$")
WANTED = re.compile(
    r"\bRoute::|#\[Route\b|@Route\(|->group\(|Slim\\|loadRoutesFrom|\$(?:app|router|routes?|api)->(?:get|post|put|patch|delete|map|group)\("
)
WORDS = ("Route", "->group(", "Slim", "->get(", "->post(", "->put(", "->patch(", "->delete(", "->map(")
ELSEWHERE = re.compile(
    r"(?:^|/)(?:tests?|Tests?|spec|docs?|examples?|samples?|vendor|stubs|node_modules|fixtures|Fixtures|database|lang|resources/views)/|Test\.php$"
)


def wants(path: str, text: str) -> bool:
    """Whether a file may declare routes, hold actions or guard them."""
    if path.endswith(".blade.php"):
        return False
    if ROUTING.search(path) or PLACES.search(path):
        return True
    return any(word in text for word in WORDS) and bool(WANTED.search(text))


def extract(source: SourceFile) -> object:
    """The file as a small program."""
    return ir.program(source.root)


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes of the project."""
    own = {path: program for path, program in facts.items() if not ELSEWHERE.search(path)}
    found = _resolve(repository, own)
    return found if found[0] or len(own) == len(facts) else _resolve(repository, facts)


def _resolve(repository: Repository, programs: "dict[str, Ir]") -> "tuple[list[Route], list[Unresolved]]":
    classes: dict[str, tuple[str, dict[str, Any]]] = {}
    for path, program in programs.items():
        for statement in program:
            if statement[0] == "class" and statement[1]["name"]:
                classes.setdefault(statement[1]["name"], (path, statement[1]))
    machine = Machine(repository, programs, classes)
    judge = Judge(machine)
    _applications(machine, judge)
    _providers(machine)
    _rest(machine)
    symfony = Symfony(repository, machine)
    symfony.run()
    routes = [route for one in machine.declared for route in _routes(one, machine, judge)]
    _attributes(machine, judge, routes)
    return [*routes, *symfony.routes], [*machine.unresolved, *symfony.unresolved]


# -------------------------------------------------------------------- where routing files are loaded


def _applications(machine: Machine, judge: Judge) -> None:
    """Laravel 11: `->withRouting(...)` and `->withMiddleware(...)` of bootstrap/app.php; Lumen's groups there."""
    for path, program in sorted(machine.programs.items()):
        if not path.endswith("bootstrap/app.php"):
            continue
        for statement in program:
            inner = statement[1] if statement[0] == "return" else statement[2] if statement[0] == "=" else statement
            while inner and inner[0] == "mc":
                if inner[2] == "withMiddleware":
                    _middleware(machine, judge, inner[3], path)
                elif inner[2] == "withRouting":
                    _routing(machine, inner[3], path, inner[4])
                elif inner[2] in ("routeMiddleware", "middleware"):
                    given, named = machine.arguments(inner[3], {}, Context(path))
                    judge.configured("alias" if inner[2] == "routeMiddleware" else "append", given, named)
                inner = inner[1]
        if not any(".php" in p for p in machine.loaded):
            machine.file(path, Context(path))


def _middleware(machine: Machine, judge: Judge, given: "Ir", path: str) -> None:
    for _, value in given:
        if value[0] != "fn":
            continue
        for statement in value[1].get("body", []):
            inner = statement[1] if statement[0] == "return" else statement
            while inner and inner[0] == "mc":
                positional, named = machine.arguments(inner[3], {}, Context(path))
                judge.configured(inner[2], positional, named)
                inner = inner[1]


def _routing(machine: Machine, given: "Ir", path: str, line: int) -> None:
    context = Context(path)
    positional, named = machine.arguments(given, {}, context)
    for name, value in zip(("using", "web", "api", "commands"), positional, strict=False):
        named.setdefault(name, value)
    for name in ("web", "api"):
        if name in named:
            inner = context.copy()
            inner.middleware.append(name)
            prefix = named.get("apiPrefix", "api") if name == "api" else ""
            inner.prefix = join("", text(prefix)) if text(prefix) else ""
            machine.load(named[name], inner, line)
    if isinstance(named.get("health"), str):
        machine.declare(["GET"], [named["health"], "health"], context, line)
    for name in ("then", "using"):
        if isinstance(named.get(name), Closure):
            machine.call(named[name], [Router(context)], context)


def _providers(machine: Machine) -> None:
    """Service providers that load routing files, each method that says so once."""
    for path, klass in sorted(machine.classes.values(), key=lambda found: found[0]):
        if not klass["name"].endswith("Provider"):
            continue
        entries = [m for m in ("map", "boot", "register") if m in klass["methods"] and klass["methods"][m].get("body")]
        names = {"this": klass}
        for name in entries:
            machine.run(klass["methods"][name]["body"], dict(names), Context(path))
        if not entries:
            for name, method in klass["methods"].items():
                if name.startswith("map") and method.get("body"):
                    machine.run(method["body"], dict(names), Context(path))


def _rest(machine: Machine) -> None:
    """Routing files that nothing loaded: Laravel's two keep their defaults, others have a prefix that is not known."""
    left = [path for path in sorted(machine.programs, key=lambda p: (p.count("/"), p)) if path not in machine.loaded]
    followed = bool(machine.loaded)
    for path in left:
        if path in machine.loaded or not _routes_file(machine.programs[path]):
            continue
        context = Context(path)
        name = path.rpartition("/")[2]
        laravel = any(path == f"{root}routes/{name}" for root in {"", machine.root(path) + "/"})
        if laravel and name in ("console.php", "channels.php"):
            continue
        before = len(machine.declared)
        if laravel and name == "api.php":
            context.prefix, context.middleware = "/api", ["api"]
        elif laravel and name == "web.php":
            context.middleware = ["web"]
        elif followed and "/routes/" in f"/{path}":
            context.prefix = f"/{UNKNOWN}"
        machine.file(path, context)
        if context.prefix == f"/{UNKNOWN}" and len(machine.declared) > before:
            machine.unresolved.append(Unresolved(path, 1, "nothing that was followed loads this routing file; its prefix is not known"))


def _routes_file(program: "Ir") -> bool:
    """Whether a file's own statements route: classes alone do not."""
    return any(s[0] not in ("class", "function") for s in program)


# -------------------------------------------------------------------- routes


def _routes(one: Declared, machine: Machine, judge: Judge) -> "list[Route]":
    owner, action = _action(one, machine)
    found = machine.classes.get(owner)
    method = machine.method(found[1], action) if found else None
    names = [*one.context.middleware, *one.middleware]
    if found:
        names.extend(judge.controller(found, action))
    guard = judge.middleware(names, [*one.context.without, *one.without], f"middleware {one.context.file}:{one.line}")
    file, line, end, body = "", 0, 0, ""
    if method is not None and found:
        file, line, end = found[0], method["line"], method["end"]
        body = next((t.rpartition("\\")[2] for _, t, _ in method["params"] if t.endswith("Request") and t not in PLAIN), "")
        if guard.state == "open" and method.get("authorizes") and method.get("ident"):
            guard = Guard("unknown", "", f"body {file}:{line}")
    elif isinstance(one.action, Closure):
        file, line, end = one.context.file, one.action.function["line"], one.action.function["end"]
    if (
        guard.state == "open"
        and not found
        and owner
        and not isinstance(one.action, Closure)
        and owner not in ("redirect", "view", "health")
    ):
        guard = Guard("unknown")  # a controller elsewhere may have middleware of its own
    handler = f"{owner.rpartition(chr(92))[2]}.{action}" if action else owner.rpartition("\\")[2]
    path = plain(one.path)
    framework = _framework(machine, one)
    return [Route(m, path, handler, one.context.file, one.line, guard, framework, file, line, end, body) for m in one.methods]


PLAIN = {
    "Illuminate\\Http\\Request",
    "Request",
    "Symfony\\Component\\HttpFoundation\\Request",
    "Psr\\Http\\Message\\ServerRequestInterface",
}


def _framework(machine: Machine, one: Declared) -> str:
    root = machine.root(one.context.file)
    where = f"{root}/composer.json" if root else "composer.json"
    said = machine.repository.read(where) if machine.repository.exists(where) else ""
    for name, package in (
        ("lumen", "laravel/lumen-framework"),
        ("laravel", "laravel/framework"),
        ("slim", "slim/slim"),
        ("codeigniter", "codeigniter4/"),
    ):
        if package in said:
            return name
    return "laravel"


def _action(one: Declared, machine: Machine) -> "tuple[str, str]":
    """Full class name and method of a route's action."""
    action = one.action
    if isinstance(action, dict):
        if isinstance(action.get(0), str) and isinstance(action.get(1), str):
            return _full(action[0], one, machine), action[1]
        action = action.get("uses", action.get(0, ""))
    if not isinstance(action, str):
        return one.context.controller, ""
    for mark in ("@", "::", ":"):
        if mark in action:
            owner, _, method = action.partition(mark)
            return _full(owner, one, machine), method.strip("/").partition("/")[0]
    if action in ("redirect", "view", "health"):
        return action, ""
    if one.context.controller and "\\" not in action:
        return one.context.controller, action
    return _full(action, one, machine), "__invoke"


def _full(owner: str, one: Declared, machine: Machine) -> str:
    owner = owner.lstrip("\\")
    if owner in machine.classes:
        return owner
    for base in (one.context.namespace, "App\\Http\\Controllers", "App\\Controllers"):
        name = f"{base}\\{owner}" if base else owner
        if name in machine.classes:
            return name
        longer = f"App\\Http\\Controllers\\{name}"
        if longer in machine.classes:
            return longer
    return owner


def _attributes(machine: Machine, judge: Judge, routes: "list[Route]") -> None:
    """`#[Get("x")]` of spatie/laravel-route-attributes."""
    for path, klass in machine.classes.values():
        context = Context(path)
        head = {a[0].rpartition("\\")[2]: a for a in klass["attrs"] if "RouteAttributes" in a[0]}
        prefix = text(machine.value(head["Prefix"][1][0][1], {}, context)) if "Prefix" in head and head["Prefix"][1] else ""
        for name, method in klass["methods"].items():
            for attribute, args, line in method["attrs"]:
                tail = attribute.rpartition("\\")[2]
                if "RouteAttributes" not in attribute or tail not in ("Get", "Post", "Put", "Patch", "Delete", "Any") or not args:
                    continue
                whole = plain(join(prefix, text(machine.value(args[0][1], {}, context))))
                guard = judge.middleware(judge.controller((path, klass), name), [], f"attribute {path}:{line}")
                handler = f"{klass['name'].rpartition(chr(92))[2]}.{name}"
                routes.append(Route(tail.upper(), whole, handler, path, line, guard, "laravel", path, method["line"], method["end"]))
