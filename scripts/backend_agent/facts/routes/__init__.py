"""Routes with their full paths, and who guards them.

One module per language: `wants(path, text)`, `extract(source)` and `resolve(repository, facts_by_path)`. Routers are nodes, mounts are
edges with a prefix; paths are flattened from the roots across files. What cannot be known is `{?}` and reported, never dropped.
"""

import functools
import importlib
import importlib.util

from backend_agent.facts.routes.paths import UNKNOWN
from backend_agent.facts.source import SourceFile, language_of
from backend_agent.model import Route, Unresolved
from backend_agent.repository.files import Problem, Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

NAME = "routes"
VERSION = 17

MODULES = {
    "python": "python", "javascript": "javascript", "typescript": "javascript", "tsx": "javascript", "go": "go", "rust": "rust",
    "java": "java", "kotlin": "kotlin", "csharp": "csharp", "ruby": "ruby", "php": "php", "elixir": "elixir",
}  # fmt: skip


@functools.cache
def _module(language: str) -> "ModuleType | None":
    name = MODULES.get(language)
    if name is None:
        return None
    full = f"{__name__}.{name}"
    return importlib.import_module(full) if importlib.util.find_spec(full) else None


def wants(path: str, language: str, text: str) -> bool:
    module = _module(language)
    return bool(module and module.wants(path, text))


def extract(source: SourceFile) -> object:
    module = _module(source.language)
    return module.extract(source) if module else None


def resolve(repository: Repository, facts: "dict[str, object]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes of the repository, sorted by file and line, and the registrations that could not be followed."""
    by_module: dict[str, dict[str, object]] = {}
    for path, content in facts.items():
        name = MODULES.get(language_of(path) or "")
        if name:
            by_module.setdefault(name, {})[path] = content
    routes: list[Route] = []
    unresolved: list[Unresolved] = []
    for name, content in sorted(by_module.items()):
        module = _module(name)
        if module is None:
            continue
        try:
            found, left = module.resolve(repository, content)
        except (RuntimeError, LookupError, TypeError, ValueError, AttributeError) as error:
            repository.problems.append(Problem(".", f"{name} routes could not be resolved ({type(error).__name__}: {error})"))
            continue
        routes.extend(found)
        unresolved.extend(left)
    return sorted(dict.fromkeys(settled(routes)), key=lambda r: (r.file, r.line, r.path, r.method)), sorted(set(unresolved))


def settled(routes: "list[Route]") -> "list[Route]":
    """Without the routes below an unknown prefix whose declaration is also reached by a way that is known."""
    known: dict[tuple[str, str, int], list[str]] = {}
    for route in routes:
        if UNKNOWN not in route.path:
            known.setdefault((route.method, route.file, route.line), []).append(route.path)

    def doubled(route: Route) -> bool:
        rest = route.path.rpartition(UNKNOWN)[2]
        return UNKNOWN in route.path and any(path.endswith(rest) for path in known.get((route.method, route.file, route.line), ()))

    return [route for route in routes if not doubled(route)]
