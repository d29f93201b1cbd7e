"""Questions to the structure: imports that run upwards."""

import posixpath
import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _habits, _shape
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
    3: ("routes", "routers", "router", "controllers", "controller", "endpoints", "views", "resolvers", "resolver"),
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
    if words[0] in {"controller", "router", "urls"}:
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


_CONTROLLER = re.compile(r"[a-z]Controller\.\w+$|[._-]controller\.\w+$")


def _registers(context: Context, path: str) -> bool:
    """Whether a file that lies where routes do is one of them: helpers lie beside them, and many libraries of Java say `router`."""
    if _CONTROLLER.search(path):
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
    for match, target in _imports(context, path):
        above = layer_of(target)
        if (
            above is None
            or above <= layer
            or (above == 3 and not _registers(context, target))
            or _within(path, target, above)
            or _within(target, path, layer)
        ):
            continue
        if _within(target, path, layer):
            continue  # services/orders/api/server.ts beside services/orders/api/routes.ts: the folder is a service that is deployed
        text = context.repository.read(path)
        if layer == 0 and above == 1 and _NAMES_ITS_REPOSITORY.search(text):
            continue
        if _for_a_comment(text, match):
            continue
        line = text.count("\n", 0, match.start()) + 1
        message = (
            f"{_NAMES[layer]} import from {_NAMES[above]} ({target}): "
            "the import runs upwards, the lower layer now depends on the one that uses it"
        )
        doubt = _unlike(context, path, target) or _part(context, target, match) or _way(context, layer, above)
        made = Finding(LAYERING.id, LAYERING.item, LAYERING.severity, path, line, line, message, LAYERING.fix, LAYERING.category, target)
        yield made._replace(doubt=doubt)


def _imports(context: Context, path: str) -> "Iterator[tuple[re.Match[str], str]]":
    """The imports of a file that name one of a layer, each with the first such file."""
    text = context.repository.read(path)
    typing = [(m.start(), m.end()) for m in re.finditer(r"(?m)^if (?:typing\.)?TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)*", text)]
    for match in _IMPORTS[language_of(path) or ""].finditer(text):
        if any(begin <= match.start() < end for begin, end in typing):
            continue
        own = layer_of(path)
        found = [p for p in _targets(context, path, language_of(path) or "", match) if layer_of(p) not in {None, own} and p != path]
        if found:
            yield match, found[0]


def _within(path: str, target: str, above: int) -> bool:
    """Whether a file lies in the very folder, or below it, that gives its target a layer: `services/jpa/entities` belongs to `services`."""
    stem = target.lower().rpartition("/")[2]
    if re.search(rf"(?:{'|'.join(_LAYERS[above])})(?:impl)?\.\w+$", stem):
        return False
    folders = target.lower().split("/")[:-1]
    at = next((i for i in reversed(range(len(folders))) if _LAYER_OF.get(folders[i]) == above), None)
    return at is not None and path.lower().startswith("/".join(folders[: at + 1]) + "/")


# what makes an upward import fine


def _unlike(context: Context, path: str, target: str) -> str:
    """The doubt where a file does not hold what its folder says, in a project whose tables and routes are known."""
    tables, handlers = held(context)
    if layer_of(path) == 0 and path not in tables and (tables or language_of(path) in _shape.JVM):
        return f"whether {path} is a model: it holds no table"
    if layer_of(target) == 3 and handlers and target not in handlers and not _CONTROLLER.search(target):
        return f"whether {target} is a route: it registers and handles none"
    if layer_of(target) == 2 and language_of(target) in _shape.JVM and not _IS_SERVICE.search(context.repository.read(target)):
        return f"whether {target} is a service: it is not declared as one"
    return ""


_IS_SERVICE = re.compile(
    r"@(?:Service|Component|ApplicationScoped|Singleton|Transactional)\b|\b(?:class|interface|object)\s+\w*(?:Service|UseCase|Manager)(?:Impl)?\b"
)


def held(context: Context) -> "tuple[frozenset[str], frozenset[str]]":
    """The files with tables, and those that register or handle routes."""
    kept: tuple[frozenset[str], frozenset[str]] | None = getattr(context, "_held_files", None)
    if kept is None:
        tables = {t.file for b in context.backends for t in (*b.tables, *b.declared)}
        handlers = {f for b in context.backends for e in b.endpoints for f in (e.route.file, e.route.handler_file)}
        kept = frozenset(tables), frozenset(handlers)
        context._held_files = kept  # type: ignore[attr-defined]
    return kept


def _part(context: Context, target: str, match: "re.Match[str]") -> str:
    """The doubt where only a type or a constant is taken from above: it may as well lie below."""
    names = _taken(match)
    if target.rpartition("/")[2].partition(".")[0] in names and language_of(target) == "python":
        return ""  # the module whole
    text = context.repository.read(target)
    if not names or any(_DOES.search(name) or re.search(_MADE.format(re.escape(name)), text) for name in names):
        return ""
    return f"whether {', '.join(names[:3])} of {target} is more than a type or constant"


_DOES = re.compile(r"(?:Service|Repository|Repo|Dao|Controller|UseCase|Manager|Handler|View|ViewSet|Client|Impl)s?$|^\*$")
_MADE = r"(?m)\b(?:def|function|fun)\s+{0}\b|\b{0}\s*(?::[^=\n]+)?=\s*(?:async\s*)?(?:\(|function\b|\w+\s*=>)|^{0}\s*=\s*\w+\("
"""Functions, and objects that a module makes."""


def _for_a_comment(text: str, match: "re.Match[str]") -> bool:
    """Whether only comments speak of what is imported: a link in one needs an import in some languages."""
    rest = text[: match.start()] + text[match.end() :]
    code, names = _COMMENTS.sub("", rest), _taken(match)
    words = [re.compile(rf"\b{re.escape(name)}\b") for name in names]
    return bool(words) and any(word.search(rest) for word in words) and not any(word.search(code) for word in words)


_COMMENTS = re.compile(r"(?s)/\*.*?\*/|(?m:^[ \t]*(?://|#(?!\[)|\*).*$)")


def _taken(match: "re.Match[str]") -> "list[str]":
    """The names that an import takes; none where it takes a module whole."""
    groups = match.groupdict("")
    if "names" in groups:
        return re.findall(r"(\w+)(?:\s+as\s+\w+)?\s*(?:,|\)|$|\n)", groups["names"]) if groups["names"] else []
    braces = re.search(r"\{([^}]*)\}", match.group())
    if braces:
        return [name.split()[-1 if name.startswith("type ") else 0] for name in (n.strip() for n in braces.group(1).split(",")) if name]
    return [groups["from"].rpartition(".")[2]] if re.match(r"import\s+(?:static\s+)?[\w.]+$", match.group()) else []


def _way(context: Context, lower: int, upper: int) -> str:
    """The doubt where more imports run this way than the other: then the project means something else by these names."""
    kept: dict[tuple[int, int], int] | None = getattr(context, "_edges", None)
    if kept is None:
        kept = {}
        for path in context.repository.paths:
            own = layer_of(path) if language_of(path) in LAYERING.languages and _shape.is_ours(path) else None
            for above in {layer_of(target) for _match, target in _imports(context, path)} if own is not None else ():
                kept[own or 0, above or 0] = kept.get((own or 0, above or 0), 0) + 1
        context._edges = kept  # type: ignore[attr-defined]
    up, down = kept.get((lower, upper), 0), kept.get((upper, lower), 0)
    return _habits.doubt(up, down, f"files that join {_NAMES[lower]} and {_NAMES[upper]} do it this way round")


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
