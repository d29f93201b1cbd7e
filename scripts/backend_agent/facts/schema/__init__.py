"""Tables, keys and indexes, from schema dumps, migrations and models; and the migrations with their heads.

One module per language (and `sqlfile`, `prisma`): `wants(path, text)` and `extract(source)`, which returns what applies of

    {"migration": {"tool", "id", "parents": […], "ops": […]},   one migration, as operations of `state`
     "snapshot": {"tool", "ops": […]},                           a dump of the whole schema
     "models": …}                                                the language's own record of its model classes

and, where there are model classes, `models(repository, facts_by_path) -> list[model.Table]`, which resolves them across files.
"""

import importlib
import importlib.util

from backend_agent.facts.schema.resolve import SchemaResult, combine
from backend_agent.facts.source import SourceFile, kind_of
from backend_agent.repository.files import Problem, Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

NAME = "schema"
VERSION = 10

MODULES = {
    "python": "python",
    "javascript": "javascript",
    "typescript": "javascript",
    "tsx": "javascript",
    "go": "go",
    "rust": "rust",
    "java": "jvm",
    "kotlin": "jvm",
    "csharp": "csharp",
    "ruby": "ruby",
    "php": "php",
    "elixir": "elixir",
    "sql": "sqlfile",
    "prisma": "prisma",
    "xml": "liquibase",
    "yaml": "liquibase",
}

TEST_FOLDERS = frozenset({"test", "tests", "spec", "specs", "__tests__", "fixtures", "testdata", "e2e", "examples", "example", "docs"})


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


def resolve(repository: Repository, facts: "dict[str, object]", snapshots: bool = True) -> SchemaResult:
    """The tables of the repository, the best source of each first: a dump, else the migrations replayed, else the models."""
    kept = {path: content for path, content in facts.items() if TEST_FOLDERS.isdisjoint(path.lower().split("/")[:-1])} or facts
    by_module: dict[str, dict[str, object]] = {}
    for path, content in kept.items():
        by_module.setdefault(MODULES.get(kind_of(path) or "", ""), {})[path] = content
    models = []
    for name, content in sorted(by_module.items()):
        module = importlib.import_module(f"{__name__}.{name}") if name else None
        if module is None or not hasattr(module, "models"):
            continue
        try:
            models.extend(module.models(repository, content))
        except (RecursionError, LookupError, TypeError, ValueError, AttributeError) as error:
            repository.problems.append(Problem(".", f"{name} models could not be resolved ({type(error).__name__}: {error})"))
    return combine(repository, kept, models, snapshots)
