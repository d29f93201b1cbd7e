"""Questions to the structure: imports that run upwards."""

import posixpath
import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import collect, routes
from backend_agent.facts.source import language_of

CHECKS = (
    Check(
        "layering",
        "ARC-1",
        "No module imports one of a layer above it",
        severity="warning",
        category="layering",
        languages=("java", "javascript", "kotlin", "python", "tsx", "typescript"),
        why="What lies below is used by many above; once it knows one of them, neither can change or be tested alone.",
        fix="move what both need to the lower layer, or pass it as an argument",
        sees="imports of files whose folder or name says routes, services, repositories or models",
        misses="layers with other names; calls without an import; imports for types only",
    ),
)
LAYERING = CHECKS[0]

_LAYERS = {
    3: ("routes", "routers", "router", "controllers", "controller", "endpoints", "views"),
    2: ("services", "service", "usecases", "use_cases", "use-cases"),
    1: ("repositories", "repository", "repos", "dao", "daos", "crud"),
    0: ("models", "model", "entities", "entity"),
}
_LAYER_OF = {name: layer for layer, names in _LAYERS.items() for name in names}
_NAMES = {3: "routes", 2: "services", 1: "repositories", 0: "models"}
_SHARED = frozenset(
    {"dto", "dtos", "schema", "schemas", "types", "type", "constants", "errors", "exceptions", "utils", "interfaces", "enums"}
)


def layer_of(path: str) -> "int | None":
    """The layer of a file: by its deepest folder that names one, or by the last word of its own name; None where neither does."""
    folders = path.lower().split("/")
    stem = re.sub(r"\.\w+$", "", folders.pop())
    words = re.split(r"[._-]", stem)
    camel = re.search(r"[a-z](Controller|Service|Repository)(?:Impl)?\.\w+$", path)
    if _SHARED & {*words, *folders[-1:]} or stem in {"__init__", "index"}:
        return None
    above = next((_LAYER_OF[folder] for folder in reversed(folders) if folder in _LAYER_OF), None)
    if camel and camel.group(1) == "Service" and (above in {0, 1} or _LAYER_OF.get(folders[-1] if folders else "") == 3):
        return None  # router/paymentService.ts, model/AdditionalService.java: the folder says one thing, the name another
    if camel:
        return _LAYER_OF[camel.group(1).lower()]
    if re.search(r"[a-z](?:Util|Utils|Helper|Mapper|Constants)\.\w+$", path):
        return None
    if above and any(_LAYER_OF.get(folder) == 0 for folder in folders):
        return None  # models/repos/base.py: models of repositories
    named = _LAYER_OF.get(words[-1]) if len(words) > 1 else _LAYER_OF[stem] if stem in _WHOLE else None
    if words[0] in {"controller", "router"}:
        return 3
    if named and above == 0 and stem in _WHOLE:
        return None  # models/services.py: models of services
    if named is not None and above == 3 and named < 3 and not re.search(r"[.]\w+$", stem):
        return None  # routes/users/crud.py: its folder says one thing, its name another
    return above if named is None else named


_WHOLE = frozenset({"views", "routes", "routers", "controllers", "services", "repositories", "models", "crud"})


_BESIDE = re.compile(
    r"(?i)mapper|selector|resolver|util|helper|base|types?\b|dto|schema|constant|mixin|valid|serializ|error|exception|interface|enum"
)


def _registers(context: Context, path: str) -> bool:
    """Whether a file that lies where routes do is one of them: helpers lie beside them, and many libraries of Java say `router`."""
    if re.search(r"[a-z]Controller\.\w+$|[._-]controller\.\w+$", path):
        return True
    if _BESIDE.search(path.rpartition("/")[2]):
        return False
    if language_of(path) not in {"java", "kotlin"}:
        return True
    kept: dict[str, bool] = getattr(context, "_registering", {})
    if path not in kept:
        kept[path] = bool(collect.collect(context.repository, [routes], [path])["routes"].get(path))
        context._registering = kept  # type: ignore[attr-defined]
    return kept[path]


def run(context: Context) -> Iterable[Finding]:
    """Imports of the files in scope."""
    for path in context.scope:
        layer = layer_of(path)
        if layer is not None and layer < 3 and _shape.serves(context, path) and language_of(path) in LAYERING.languages:
            yield from _upward(context, path, layer)


# imports

_IMPORTS = {
    "python": re.compile(
        r"^(?P<indent>[ \t]*)from[ \t]+(?P<from>[.\w]+)[ \t]+import[ \t]+(?P<names>[^\n#]+)|^import[ \t]+(?P<module>[\w.]+)", re.MULTILINE
    ),
    "javascript": re.compile(
        r"^(?:import\s+(?!type\b)[^;'\"]*?from\s+|import\s+|.*\brequire\(\s*)['\"](?P<from>[.@~][^'\"]*)['\"]", re.MULTILINE
    ),
    "java": re.compile(r"^import\s+(?:static\s+)?(?P<from>[\w.]+)", re.MULTILINE),
}
_IMPORTS["typescript"] = _IMPORTS["tsx"] = _IMPORTS["javascript"]
_IMPORTS["kotlin"] = _IMPORTS["java"]


def _upward(context: Context, path: str, layer: int) -> Iterator[Finding]:
    language = language_of(path) or ""
    text = context.repository.read(path)
    typing = [(m.start(), m.end()) for m in re.finditer(r"(?m)^if (?:typing\.)?TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)*", text)]
    for match in _IMPORTS[language].finditer(text):
        if any(begin <= match.start() < end for begin, end in typing):
            continue
        target = next((p for p in _targets(context, path, language, match) if (above := layer_of(p)) is not None and above > layer), "")
        if not target or target == path or (layer_of(target) == 3 and not _registers(context, target)):
            continue
        if layer == 0 and layer_of(target) == 1 and _NAMES_ITS_REPOSITORY.search(text):
            continue
        line = text.count("\n", 0, match.start()) + 1
        upper = _NAMES[layer_of(target) or 0]
        message = (
            f"{_NAMES[layer]} import from {upper} ({target}): the import runs upwards, the lower layer now depends on the one that uses it"
        )
        yield Finding(LAYERING.id, LAYERING.item, LAYERING.severity, path, line, line, message, LAYERING.fix, LAYERING.category, target)


_NAMES_ITS_REPOSITORY = re.compile(r"@Entity\(\{[^}]*\brepository\s*:|\bEntityRepositoryType\b")
"""MikroORM: an entity says which class finds it."""


def _targets(context: Context, path: str, language: str, match: "re.Match[str]") -> "Iterator[str]":
    """Files of the repository that an import names."""
    if language == "python":
        yield from _python_targets(context, path, match)
    elif language in {"java", "kotlin"}:
        wanted = "/" + match["from"].replace(".", "/")
        for ending in (".java", ".kt"):
            yield from (p for p in _ending(context, wanted.rpartition("/")[2] + ending) if f"/{p}".endswith(wanted + ending))
    else:
        name = match["from"]
        base = posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) if name.startswith(".") else ""
        if base:
            stem = re.sub(r"\.[cm]?[jt]sx?$", "", base)
            yield from (p for e in (".ts", ".js", ".tsx", ".mjs", ".cjs", ".jsx") if context.repository.exists(p := stem + e))


def _python_targets(context: Context, path: str, match: "re.Match[str]") -> "Iterator[str]":
    module = match["from"] or match["module"]
    dots = len(module) - len(module.lstrip("."))
    rest = module.lstrip(".").replace(".", "/")
    names = [name.strip(" ()").partition(" ")[0] for name in (match["names"] or "").split(",")]
    if dots:
        folder = path
        for _ in range(dots):
            folder = posixpath.dirname(folder)
        base = posixpath.normpath(posixpath.join(folder, rest)) if rest else folder
        stems = [base, *(f"{base}/{name}" for name in names)]
        yield from (f"{stem}.py" for stem in stems if context.repository.exists(f"{stem}.py"))
        return
    for stem in (rest, *(f"{rest}/{name}" for name in names)):
        if "/" in stem:
            yield from (p for p in _ending(context, stem.rpartition("/")[2] + ".py") if f"/{p}".endswith(f"/{stem}.py"))


def _ending(context: Context, name: str) -> "list[str]":
    kept: dict[str, list[str]] | None = getattr(context, "_by_name", None)
    if kept is None:
        kept = {}
        for path in context.repository.paths:
            kept.setdefault(path.rpartition("/")[2], []).append(path)
        context._by_name = kept  # type: ignore[attr-defined]
    return kept.get(name, [])
