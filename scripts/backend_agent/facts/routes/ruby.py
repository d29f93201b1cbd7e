"""Routes of Ruby projects: Rails, Sinatra and Grape.

Rails' routing files are expanded by `_ruby_rails`, actions are found and judged by `_ruby_guards`, Sinatra and Grape by `_ruby_classes`.
"""

import re

from backend_agent.facts.routes import _ruby_ir as ir
from backend_agent.facts.routes._ruby_classes import Applications
from backend_agent.facts.routes._ruby_guards import Classes, Judge, flat
from backend_agent.facts.routes._ruby_rails import Declared, Drawing, Scope, singular, snake
from backend_agent.facts.routes.paths import UNKNOWN
from backend_agent.facts.source import SourceFile
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Ir = list[Any]

ROUTING = re.compile(r"(?:^|/)config/routes(?:\.rb$|/.*\.rb$)|(?:^|/)routes\.rb$")
CONTROLLER = re.compile(r"_controller\.rb$|/controllers/")
WANTED = re.compile(r"routes\.draw|Sinatra\b|Grape::API|< *[\w:]*API\b|^\s*devise\s+:|before_action|before_filter|api_only", re.MULTILINE)
ELSEWHERE = re.compile(
    r"(?:^|/)(?:tests?|spec|specs|features|docs?|examples?|samples?|dummy|vendor|templates|fixtures|benchmarks?)/|_(?:test|spec)\.rb$"
)


def wants(path: str, text: str) -> bool:
    """Whether a file may draw routes, hold actions or guard them."""
    return bool(ROUTING.search(path) or CONTROLLER.search(path) or WANTED.search(text))


def extract(source: SourceFile) -> object:
    """The file as a small program."""
    return ir.program(source.root)


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes of the project."""
    own = {path: program for path, program in facts.items() if not ELSEWHERE.search(path)}
    found = _resolve(repository, own)
    return found if found[0] or len(own) == len(facts) else _resolve(repository, facts)


def _resolve(repository: Repository, programs: "dict[str, Ir]") -> "tuple[list[Route], list[Unresolved]]":
    classes = Classes(programs)
    judge = Judge(classes)
    applications = Applications(repository, programs, classes)
    drawing = Drawing(programs, _api_only(repository, programs), _devise(programs))
    engines = _draw(drawing, programs)
    live = [d for d in drawing.declared if not _dead(d, classes, judge, repository)]
    routes = [_route(declared, classes, judge) for declared in live]
    unresolved = list(drawing.unresolved)
    mounted: set[str] = set()
    for name, at, file, line in drawing.mounts:
        if name in engines or not name:
            continue
        if applications.mount(name, at):
            mounted.add(name)
        else:
            unresolved.append(Unresolved(file, line, f"the routes of {name}, mounted below {at}, are not listed"))
            routes.append(Route("ANY", at, name, file, line, Guard("unknown"), "rails"))
    more, left = applications.routes(mounted)
    return [*routes, *more], [*unresolved, *left]


def _draw(drawing: Drawing, programs: "dict[str, Ir]") -> "dict[str, list[str]]":
    """Draw every application, then each engine below the paths where something mounts it. The engines by name."""
    engines: dict[str, list[str]] = {}
    for path in sorted(programs, key=lambda p: (p.count("/"), p)):
        for receiver in _drawn(programs[path]):
            if receiver.endswith("Engine"):
                engines.setdefault(receiver, []).append(path)
            elif path not in drawing.drawn:
                drawing.file(path, Scope(path), {})
    pending = dict(engines)
    for _ in range(4):  # engines within engines
        for name, at, _, _ in list(drawing.mounts):
            for path in pending.pop(name, []):
                drawing.file(path, Scope(path).with_(path=at, outer=at, module=snake(name.rpartition("::")[0])), {})
    for paths in pending.values():
        for path in paths:
            drawing.unresolved.append(Unresolved(path, 1, "nothing that was followed mounts this engine; its prefix is not known"))
            drawing.file(path, Scope(path).with_(path=f"/{UNKNOWN}", outer=f"/{UNKNOWN}"), {})
    return engines


def _drawn(program: "Ir") -> "list[str]":
    """Whose routes a file draws: `Rails.application`, `Blog::Engine`."""
    found = []
    for statement in flat(program):
        if statement[0] == "c" and statement[2] in ("draw", "append", "prepend") and statement[5] and statement[1]:
            inner = statement[1]
            if inner[0] == "c" and inner[2] == "routes" and inner[1]:
                said = inner[1]
                found.append(said[1] if said[0] == "C" else "Rails.application")
    return found


def _dead(declared: Declared, classes: Classes, judge: Judge, repository: Repository) -> bool:
    """An action that only the shorthand `resources` brings: neither its controller nor a template has it, so Rails answers 404."""
    if not declared.expanded:
        return False
    klass = classes.controller(declared.controller, declared.file)
    if klass is None or judge.answers(klass, declared.action):
        return False
    views = re.sub(r"controllers/(.*)_controller\.rb$", r"views/\1/", klass.file) + declared.action + "."
    return not any(path.startswith(views) for path in repository.paths)


def _route(declared: Declared, classes: Classes, judge: Judge) -> Route:
    handler = (
        f"{declared.controller}#{declared.action}" if declared.controller and declared.action else declared.controller or declared.action
    )
    klass = classes.controller(declared.controller, declared.file) if declared.controller else None
    file, line, end, guard = "", 0, 0, Guard("unknown")
    if klass is not None:
        guard = judge.guard(klass, declared.action)
        found = judge.action(klass, declared.action)
        file, line, end = (found[0].file, found[1]["line"], found[1]["end"]) if found else (klass.file, klass.line, klass.end)
    elif declared.controller.startswith("devise/"):
        guard = Guard("open")
        if declared.action in ("edit", "update", "destroy") and declared.controller.endswith("registrations"):
            guard = Guard("guarded", "authenticate_scope!", "library devise")
    elif declared.controller in ("redirect", "rails/health"):
        guard = Guard("open")
    if declared.guard[0] and guard.state != "guarded":
        guard = Guard(declared.guard[0], declared.guard[1], f"routes {declared.file}:{declared.line}")
    return Route(declared.method, declared.path, handler, declared.file, declared.line, guard, "rails", file, line, end)


def _api_only(repository: Repository, programs: "dict[str, Ir]") -> "Any":
    """Whether the application of a routing file is made without pages: then resources have no `new` and `edit`."""
    kept: dict[str, bool] = {}

    def answer(path: str) -> bool:
        root = path.rpartition("config/routes")[0]
        if root not in kept:
            where = f"{root}config/application.rb"
            kept[root] = repository.exists(where) and bool(
                re.search(r"^\s*config\.api_only\s*=\s*true", repository.read(where), re.MULTILINE)
            )
        return kept[root]

    return answer


def _devise(programs: "dict[str, Ir]") -> "dict[str, list[str]]":
    """Model name -> the Devise modules it uses."""
    found: dict[str, list[str]] = {}
    for program in programs.values():
        for statement in program:
            if statement[0] != "class":
                continue
            for call in flat(statement[1]["body"]):
                if call[0] == "c" and call[2] == "devise" and call[1] is None:
                    found[singular(snake(statement[1]["name"].rpartition("::")[2]))] = [a[1] for a in call[3] if a[0] == "s"]
    return found
