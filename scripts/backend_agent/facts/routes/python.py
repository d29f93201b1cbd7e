"""Routes of Python projects: FastAPI, Starlette, Flask and its extensions, Django, DRF, ninja, aiohttp, Sanic, Falcon, Tornado, Litestar.

`extract` turns a file into a small program (`_python_ir`), `resolve` runs the programs (`_python_eval`, `_python_library`) and
flattens what they registered (`_python_routes`), with the guards (`_python_guards`). Tests, documentation and examples are no routes
of the service, unless the tree holds nothing else.
"""

import re

from backend_agent.facts.routes import _connexion
from backend_agent.facts.routes import _python_ir as ir
from backend_agent.facts.routes._python_eval import UNKNOWN_VALUE, Ext, Func, Obj, Site, World
from backend_agent.facts.routes._python_guards import Judge
from backend_agent.facts.routes._python_library import GUESSED, Node, WebLibraries
from backend_agent.facts.routes._python_routes import Flattener
from backend_agent.facts.source import SourceFile
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Value = Any

STRONG = (
    "urlpatterns", "ROOT_URLCONF", "REST_FRAMEWORK", "APIRouter", "Blueprint", "include_router", "as_view(", "add_url_rule", "add_resource",
    "\nMIDDLEWARE", "connexion",
)  # fmt: skip
"""Plain words that make a file wanted: searching for them costs a tenth of a regular expression."""
LIBRARIES = ("fastapi", "starlette", "flask", "quart", "sanic", "aiohttp", "falcon", "tornado", "litestar", "bottle", "ninja")
IMPORTED = re.compile(r"(?:from|import)\s+(?:api)?(?:fastapi|starlette|flask|quart|sanic|aiohttp|falcon|tornado|litestar|bottle|ninja)")
DECORATED = re.compile(r"@\w*(?:app|router|api|bp|blueprint|routes|ns)\w*\.")
REGISTERED = re.compile(r"\.register\(\s*r?[\"']|routers\.\w*Router")
ELSEWHERE = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|docs?|docs_src|examples?|samples?|benchmarks?|fixtures|cookbook|tutorials?|site-packages|vendor(?:ed)?)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests|conftest)\.py$"
)


def wants(path: str, text: str) -> bool:
    """Whether a file may register routes or hold what registrations need."""
    if "/migrations/" in path:
        return False
    if any(word in text for word in STRONG):
        return True
    if any(name in text for name in LIBRARIES) and IMPORTED.search(text):
        return True
    return bool("@" in text and DECORATED.search(text)) or bool((".register(" in text or "routers." in text) and REGISTERED.search(text))


def extract(source: SourceFile) -> object:
    """The file as a small program."""
    return ir.module(source.root)


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes of the project."""
    own = {path: program for path, program in facts.items() if not ELSEWHERE.search(path)}
    found = _resolve(repository, facts, sorted(own))
    if found[0] or len(own) == len(facts):
        return found
    return _resolve(repository, facts, sorted(facts))


def _resolve(repository: Repository, facts: "dict[str, Any]", paths: "list[str]") -> "tuple[list[Route], list[Unresolved]]":
    library = WebLibraries()
    world = World(repository, facts, library)
    library.settings = sorted((p for p in paths if _assigns(facts[p], "ROOT_URLCONF")), key=len)
    for path in paths:
        world.load(path)
    _run_factories(world, library)
    judge = Judge(world, library)
    urls = [path for path in paths if isinstance(world.modules[path].scope.names.get("urlpatterns"), list)]
    roots = _django_settings(world, judge, paths, urls)
    flat = Flattener(world, library, judge)
    flat.nodes()
    flat.django(roots, urls)
    described, missing = _connexion.routes(repository, paths) if any(_imports(facts[p], "connexion") for p in paths) else ([], [])
    return [*flat.routes, *described], [*flat.unresolved, *missing]


def _imports(program: "Any", package: str) -> bool:
    return any(s[0] in ("from", "import") and package in str(s[1:]) for s in program)


def _assigns(program: "Any", name: str) -> bool:
    return any(s[0] == "=" and s[1] == ["n", name] for s in program)


def _run_factories(world: World, library: WebLibraries) -> None:
    """Call what registers routes and what nobody called: `create_app()`, `def init(app)`, classes that build their app."""
    made: dict[int, Obj] = {}
    for wave in (0, 1, 2):  # functions without parameters first: they make the apps that the others get
        waiting = [f for f in world.functions if not f.called and f.ir.get("reg") and _top_level(f)]
        named = {name for f in waiting for name in _called_names(f.ir.get("body"), f.ir.get("name"))}
        for func in sorted(waiting, key=lambda f: f.ir.get("name") in named):  # first those that call the others
            if func.called:
                continue
            if func.ir.get("dec") and any(d[0][0] == "c" and _is_route(d[0]) for d in func.ir["dec"]):
                continue  # a handler that happens to talk about routes
            needed = [p for p in func.ir["params"] if p[0] not in ("self", "cls") and p[2] is None and p[3] == 0]
            if (1 if needed else 0) > wave or (wave < 2 and func.owner):
                continue
            _call(world, library, func, made)


def _called_names(body: "Any", own: "str | None") -> "set[str]":
    """Names of the functions that a body calls."""
    found: set[str] = set()
    stack = [body]
    while stack:
        at = stack.pop()
        if not isinstance(at, list):
            continue
        if len(at) > 1 and at[0] == "c" and isinstance(at[1], list) and at[1] and isinstance(at[1][-1], str):
            found.add(at[1][-1])
        stack.extend(part for part in at if isinstance(part, list))
    return found - {own or ""}


def _is_route(expression: "Any") -> bool:
    callee = expression[1]
    return bool(callee[0] == "." and callee[2] in ("get", "post", "put", "patch", "delete", "route", "api_route", "websocket"))


def _top_level(func: Func) -> bool:
    scope = func.scope
    if func.owner is not None:
        return scope.parent is not None and scope.parent.parent is None
    return scope.parent is None


def _call(world: World, library: WebLibraries, func: Func, made: "dict[int, Obj]") -> None:
    site = Site(func.module.path, func.ir["line"], func.scope)
    args: list[Value] = []
    if func.owner is not None:
        owner = made.get(id(func.owner))
        if owner is None:
            owner = made[id(func.owner)] = world.instantiate(func.owner, [], {}, site)
        if func.called:
            return
        args.append(owner)
    kwargs: dict[str, Value] = {}
    for name, annotation, default, stars in func.ir["params"][len(args) :]:
        if stars == 0 and default is None:
            kwargs[name] = _guess(world, library, func, name, annotation, site)
    world.call(func, args, kwargs, site)


def _guess(world: World, library: WebLibraries, func: Func, name: str, annotation: "Any", site: Site) -> "Value":
    """A router for a parameter that must be one: the only app there is, or one of which nothing is known."""
    said = world.eval(annotation, func.scope) if annotation else None
    entry = library.router_entry(said) if said is not None else None
    if entry is None and name not in GUESSED:
        return UNKNOWN_VALUE
    if name in ("app", "application") or (entry and entry["role"] == "app"):
        apps = [n for n in library.nodes if n.role == "app" and not n.mounted]
        if len(apps) == 1:
            return apps[0]
    if entry is None:
        for value in list(func.module.scope.names.values()):
            if isinstance(value, Ext):
                entry = library.entry(value.name)
            elif isinstance(value, Node):
                entry = value.options.get("entry")
            if entry:
                break
    made = {"style": "flask", "framework": "flask", **(entry or {}), "role": "app" if name in ("app", "application", "api") else "router"}
    return library.make(made, site)


def _django_settings(world: World, judge: Judge, paths: "list[str]", urls: "list[str]") -> "list[str]":
    """Root URL modules; DRF's default permissions and the middleware that may refuse go to the judge."""
    roots: list[str] = []
    for path in paths:
        names = world.modules[path].scope.names
        root = names.get("ROOT_URLCONF")
        if isinstance(root, str):
            found = world.find(root, 0, path)
            if found and found not in roots:
                roots.append(found)
        rest = names.get("REST_FRAMEWORK")
        if isinstance(rest, dict) and "DEFAULT_PERMISSION_CLASSES" in rest and not judge.default_permissions:
            given = rest["DEFAULT_PERMISSION_CLASSES"]
            judge.default_permissions = given if isinstance(given, list) else [UNKNOWN_VALUE]
        for name in ("MIDDLEWARE", "MIDDLEWARE_CLASSES"):
            _django_middleware(world, judge, names.get(name), path)
    return roots


def _django_middleware(world: World, judge: Judge, value: "Value", path: str) -> None:
    for one in value if isinstance(value, list) else []:
        if not isinstance(one, str) or "." not in one:
            continue
        dotted, _, attribute = one.rpartition(".")
        target = world.import_name(dotted, 0, attribute, path)
        claim = judge.middleware(target, path, 1) if not isinstance(target, Ext) else None
        if isinstance(target, Ext) and re.search(r"(?i)login_?required|require_?login", attribute):
            claim = Guard("unknown", attribute, f"middleware {path}")
        if claim and claim not in judge.global_claims:
            judge.global_claims.append(claim)
