"""Questions to the handling of errors: HTTP below the edge, errors that nobody hears of."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _convention, _habits, _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.layers import layer_of
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of

CHECKS = (
    Check(
        "http_exception_in_service",
        "ARC-3",
        "Services and repositories raise the project's own errors",
        severity="warning",
        category="http_exception_in_service",
        languages=("csharp", "go", "java", "javascript", "kotlin", "php", "python", "tsx", "typescript"),
        why="A job or a command that calls the same service has no HTTP answer to give, and each service picks its status "
        "a little differently.",
        fix="raise an error of the domain, and map it to a status in one exception handler",
        sees="HTTP errors and answers of the known frameworks in files whose folder or name says service, use case, repository or crud",
        misses="services with other names; errors of the project that hold a status code themselves",
    ),
    Check(
        "swallowed_exception",
        "OBS-1",
        "No error is caught whole and forgotten",
        category="swallowed_exception",
        languages=("csharp", "java", "javascript", "kotlin", "php", "python", "ruby", "tsx", "typescript"),
        why="What went wrong is nowhere to be read, and the caller takes the empty answer for a true one.",
        fix="catch the errors that are expected, log the others with their cause, or let them travel on",
        sees="clauses that catch everything and only go on or return an empty value, without a log line or a comment that says why",
        misses="errors that are logged and then ignored; narrow clauses; Go and Rust; attempts to parse, probe or close something",
    ),
)
HTTP, SWALLOWED = CHECKS
applies = _shape.applies
_LAYERS = {1: "repository", 2: "service"}


def run(context: Context) -> Iterable[Finding]:
    """HTTP in the lower layers, then clauses that swallow."""
    yield from _http(context)
    yield from _swallowed(context)


_UNSURE = {
    "": "",
    "beside": "whether the work may go on without what fails here: a file, a cache, a part of foreign data",
    "long": "which of the errors of so many statements is meant",
    "marked": "whether somebody has judged it: the clause is marked, and no reason is given",
    "small": "whether what is tried matters to anybody when it fails",
    "told": "whether the error that is raised below tells of it",
}


def _swallowed(context: Context) -> Iterator[Finding]:
    found = list(_shape.rows(context, SWALLOWED, "swallowed"))
    way = _way(context) if found else ""
    for path, row in found:
        where = f" in {row['function']}" if row["function"] else ""
        does = row["does"].replace("goes on", "goes on as if nothing had happened")
        message = f"every error of `{row['tried'][:60]}`{where} is caught, and the code {does}: nobody learns what failed"
        yield _shape.finding(SWALLOWED, path, row, message)._replace(doubt=_UNSURE[row["unsure"]] or way)


def _way(context: Context) -> str:
    """What the project does with errors that it catches whole."""
    rows = [row for path, row in _shape.everywhere(context, "swallowed", "heard") if _shape.is_ours(path)]
    heard = sum(row["count"] for row in rows if row["kind"] == "heard")
    return _habits.doubt(sum(row["kind"] == "swallowed" for row in rows), heard, "clauses that catch everything go on in silence")


def _http(context: Context) -> Iterator[Finding]:
    told: dict[str, int] = {}
    found = [(path, row) for path, row in _shape.rows(context, HTTP, "http") if layer_of(path) in _LAYERS]
    doubt = _way(context) if found else ""
    for path, row in found:
        custom = row["framework"] in _CUSTOM
        place = path if custom else f"{path}:{row['function']}"
        told[place] = told.get(place, 0) + 1
        if context.change.whole and told[place] > 1:
            continue  # said once for the file, or for the function where it is a warning
        own = _own_errors(context, path)
        fix = HTTP.fix + (f"; the project keeps its errors in {own}" if own else "")
        layer = _LAYERS[layer_of(path) or 2]
        message = f"{row['name']} in a {layer}: the layer below the routes now speaks HTTP, and only a request can call it"
        others = sum(1 for other, _row in found if other == path) - 1
        if custom and context.change.whole and others:
            message += f" ({others} more in this file)"
        made = _shape.finding(HTTP, path, row, message, fix)._replace(doubt=doubt or ("" if own or not custom else _DOCUMENTED))
        yield made._replace(severity="note") if custom else made


def _own_errors(context: Context, path: str) -> str:
    """The file of the project's errors that know nothing of HTTP."""
    own = _shape.errors_file(context, path)
    return "" if own and _SPEAK_HTTP.search(context.repository.read(own)) else own


def _way(context: Context) -> str:
    """The doubt where most files below the routes that raise errors raise those of HTTP."""
    speaking = {path for path, _row in _shape.everywhere(context, "http") if _is_below(path)}
    raising = [p for p in context.repository.paths if p in speaking or (_is_below(p) and _RAISES.search(context.repository.read(p)))]
    return _convention.way(len(speaking), len(raising), "files of services and repositories that raise errors")


def _is_below(path: str) -> bool:
    return language_of(path) in HTTP.languages and layer_of(path) in _LAYERS and _shape.is_ours(path)


_RAISES = re.compile(r"\b(?:raise|throw)\s+\w|\bthrow\(|\berrors\.New\(|\bfmt\.Errorf\(")
_SPEAK_HTTP = re.compile(
    r"extends\s+(?:\w*Http\w*|\w*(?:NotFound|BadRequest|Forbidden|Unauthorized|Conflict)\w*)\b|\(\s*(?:\w+\.)?(?:HTTPException|APIException)\s*\)"
)
_DOCUMENTED = (
    "whether errors without HTTP are wanted: the framework's own documents raise these in services, and the project keeps no others"
)
_CUSTOM = frozenset({"drf", "nest", "routing", "trpc"})
"""Frameworks whose own documents raise HTTP errors in services: told as a note."""
