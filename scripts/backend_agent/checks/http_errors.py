"""Questions to the layers below the routes: errors that speak HTTP."""

import re
from collections.abc import Iterable

from backend_agent.checks import _habits, _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.layers import held, layer_of
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
)
HTTP = CHECKS[0]
applies = _shape.applies
_LAYERS = {1: "repository", 2: "service"}


def run(context: Context) -> Iterable[Finding]:
    """Errors of HTTP in the lower layers."""
    told: dict[str, int] = {}
    found = [(path, row) for path, row in _shape.rows(context, HTTP, "http") if _is_below(path)]
    handlers = held(context)[1] if found else frozenset()
    found = [(path, row) for path, row in found if path not in handlers]
    doubt = _speaking(context) if found else ""
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
        unsure = doubt or _helps(row) or ("" if own or not custom else _DOCUMENTED)
        made = _shape.finding(HTTP, path, row, message, fix)._replace(doubt=unsure)
        yield made._replace(severity="note") if custom else made


def _helps(row: "dict[str, Any]") -> str:
    return f"whether {row['function']} is a helper of handlers: it answers the request by itself, too" if row["answers"] else ""


def _own_errors(context: Context, path: str) -> str:
    """The file of the project's errors that know nothing of HTTP."""
    own = _shape.errors_file(context, path)
    return "" if own and _SPEAK_HTTP.search(context.repository.read(own)) else own


def _speaking(context: Context) -> str:
    """The doubt where most files below the routes that raise errors raise those of HTTP."""
    speaking = {path for path, _row in _shape.everywhere(context, "http") if _is_below(path)}
    raising = [p for p in context.repository.paths if p in speaking or (_is_below(p) and _RAISES.search(context.repository.read(p)))]
    return _habits.doubt(len(speaking), len(raising) - len(speaking), "files below the routes that raise errors raise those of HTTP")


def _is_below(path: str) -> bool:
    return language_of(path) in HTTP.languages and layer_of(path) in _LAYERS and _shape.is_ours(path) and not _BEFORE.search(path)


_BEFORE = re.compile(r"(?i)(?:middleware|guard|filter|interceptor|decorator|pipe|strategy|dependenc(?:y|ies)|handler)s?\.\w+$")
"""What stands before the routes and answers for them, wherever it lies."""


_RAISES = re.compile(r"\b(?:raise|throw)\s+\w|\bthrow\(|\berrors\.New\(|\bfmt\.Errorf\(")
_SPEAK_HTTP = re.compile(
    r"extends\s+(?:\w*Http\w*|\w*(?:NotFound|BadRequest|Forbidden|Unauthorized|Conflict)\w*)\b|\(\s*(?:\w+\.)?(?:HTTPException|APIException)\s*\)"
)
_DOCUMENTED = (
    "whether errors without HTTP are wanted: the framework's own documents raise these in services, and the project keeps no others"
)
_CUSTOM = frozenset({"drf", "nest", "routing", "trpc"})
"""Frameworks whose own documents raise HTTP errors in services: told as a note."""
