"""Questions to what comes in: bodies that reach the code without a schema."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _database, _habits, _words
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import routes
from backend_agent.model import Endpoint, Hop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

CHECKS = (
    Check(
        "unvalidated_body",
        "API-1",
        "Every body is validated at the edge",
        category="unvalidated_body",
        languages=("javascript", "python", "tsx", "typescript"),
        why="What is read without a schema reaches the code with any type, length and field.",
        fix="declare the body's type with its limits, as the other routes do",
        sees="routes that write and read the body without a declared type, where neither its file nor the handler's names a check",
        misses="checks that are made in a function which the handler calls under another name",
    ),
)
BODY = CHECKS[0]


def applies(context: Context) -> bool:
    """Whether a file in scope registers routes: without one the whole model need not be made."""
    return bool(context.facts(routes))


def run(context: Context) -> Iterable[Finding]:
    """Routes that read their body as it came; tests and examples have routes of their own and are left out."""
    for backend in context.backends:
        yield from _bodies(context, [e for e in backend.endpoints if not _database.is_test(e.route.file)])


class Raw(NamedTuple):
    """A handler that reads its body without a declared type: where, and how (`read`, at an offset of the handler's text)."""

    endpoint: Endpoint
    text: str
    file: str
    line: int
    read: str
    at: int


def _bodies(context: Context, endpoints: "list[Endpoint]") -> Iterator[Finding]:
    raw: dict[tuple[str, int], Raw] = {}
    typed: set[tuple[str, int]] = set()
    elsewhere: set[tuple[str, int]] = set()
    for endpoint in endpoints:
        route = endpoint.route
        if route.method not in _words.WRITES:
            continue
        if route.body not in {"", "?"}:
            typed.add((route.handler_file, route.handler_line))
        elif (found := _read(context, endpoint)) is not None:
            out_of_sight = _out_of_sight(context, found)
            if out_of_sight:
                context.unchecked(BODY.id, f"{route.file}:{route.line}: {out_of_sight}")
                elsewhere.add((found.file, found.line))
            else:
                raw.setdefault((found.file, found.line), found)
    good = next((e for e in endpoints if e.route.body not in {"", "?"}), None)
    for found in raw.values():
        if found.file in context.scope:
            yield _told(found, good, _doubt(context, found, (len(raw), len(typed), len(elsewhere))))


def _read(context: Context, endpoint: Endpoint) -> "Raw | None":
    """Where a handler reads its body as it came."""
    route = endpoint.route
    text, first = _words.handler(context, endpoint)
    pattern = _words.pattern("raw_body", _words.language(endpoint))
    read = pattern.search(_COMMENTED.sub(lambda match: " " * len(match.group()), text)) if pattern else None
    if read is None:
        if route.body == "?":
            context.unchecked(BODY.id, f"{route.file}:{route.line}: the body of {route.method} {route.path} may be read out of sight")
        return None
    return Raw(endpoint, text, route.handler_file or route.file, first + text.count("\n", 0, read.start()), read.group(), read.start())


def _out_of_sight(context: Context, found: Raw) -> str:
    """What may check a body where it is not seen; "" for nothing."""
    route = found.endpoint.route
    name = f"{route.method} {route.path}"
    if re.search(r"(?i)upload|stream|blob|formData|multer", f"{route.path} {found.text}"):
        return f"{name} takes a file"
    before = _validator_place(context)
    if before:
        return f"{before} checks what comes in, perhaps {route.path} too"
    if _passed_on(context, found):
        return f"{name} hands its body to a function that checks it"
    # a plain dict of a signature is checked in the handler or nowhere; what a framework reads may be checked by a helper of the file
    typed = ":" in found.read
    texts = [found.text] if typed else [context.repository.read(file) for file in {found.file, route.file}]
    return f"{name} may check its body out of sight" if any(_words.says("validates", one) for one in texts) else ""


def _told(found: Raw, good: "Endpoint | None", doubt: str) -> Finding:
    route = found.endpoint.route
    message = f"{route.method} {route.path} reads its body without a schema: any field, type and length reaches the code"
    fix = BODY.fix
    if good is not None:
        fix += f": {good.route.body} of {good.route.method} {good.route.path} ({good.route.file}:{good.route.line})"
    made = Finding(BODY.id, BODY.item, BODY.severity, found.file, found.line, found.line, message, fix, BODY.category)
    return made._replace(subject=f"{route.method} {route.path}", doubt=doubt)


# what would make it fine


def _doubt(context: Context, found: Raw, counts: "tuple[int, int, int]") -> str:
    """What may check a body after all; "" where it surely reaches a write, where the others are checked, or where there are few."""
    raw, typed, elsewhere = counts
    if _REFUSES.search(found.text):
        return "whether what the handler refuses by itself is enough"
    checking = next((hop for hop in found.endpoint.hops if _words.says("validates", _function(context, hop))), None)
    if checking is not None:
        return f"whether {checking.name} ({checking.file}:{checking.line}) checks it"
    query = _words.pattern("query", _words.language(found.endpoint))
    if (query and query.search(found.text, found.at)) or sum(counts) < _habits.ENOUGH:
        return ""
    if typed >= _habits.ENOUGH and raw * _FEW <= typed:
        return ""
    return _habits.doubt(raw, typed + elsewhere, "routes with a body read it as it came") or "whether it is checked where it is used"


_FEW = 4
"""How many times as many routes check their bodies as do not, where that is the project's rule."""
_REFUSES = re.compile(
    r"\b(?:400|422)\b|BAD_REQUEST|BadRequest|bad_request|ValidationError|InvalidParam|(?:Api|Validation|Client|Input)Error|UnprocessableEntity"
)


def _function(context: Context, hop: Hop) -> str:
    return "\n".join(context.repository.lines(hop.file)[hop.line - 1 : hop.line + 40])


_COMMENTED = re.compile(r"(?m)^\s*(?://|#|\*)[^\n]*")
_CALLED = re.compile(r"\b(?:\w+\.)*(\w+)\((?:[^()]|\([^()]*\))*$")


def _passed_on(context: Context, found: Raw) -> bool:
    """Whether the body goes to a function of the project as an argument, and that function checks what it is given."""
    called = _CALLED.search(found.text[max(found.at - 300, 0) : found.at])
    if called is None:
        return False
    name = called.group(1)
    files = [hop.file for hop in found.endpoint.hops if hop.name.rpartition(".")[2] == name] or _defining(context, name)
    return any(_words.says("validates", context.repository.read(file)) for file in files)


def _defining(context: Context, name: str) -> "list[str]":
    """Files with a function of this name: at most five, since a common name tells nothing."""
    kept: dict[str, list[str]] = getattr(context, "_functions", {})
    if name not in kept:
        head = re.compile(rf"(?m)\b(?:function|def|async)\s+{re.escape(name)}\b|\b{re.escape(name)}\s*(?:=|:)\s*(?:async\b|function\b|\()")
        paths = [p for p in context.repository.paths if _SOURCE.search(p) and not _database.is_test(p)]
        found = [
            p
            for p in paths
            if p.rpartition("/")[2].partition(".")[0] == name or name in (t := context.repository.read(p)) and head.search(t)
        ]
        kept[name] = found if len(found) <= 5 else []
        context._functions = kept  # type: ignore[attr-defined]
    return kept[name]


def _validator_place(context: Context) -> str:
    """A file that checks all requests against a description of the interface, "" where none does."""
    kept: str | None = getattr(context, "_validator", None)
    if kept is None:
        ours = (p for p in context.repository.paths if _SOURCE.search(p) and not _database.is_test(p))
        kept = next((p for p in ours if _words.says("validates_all", context.repository.read(p))), "")
        context._validator = kept  # type: ignore[attr-defined]
    return kept


_SOURCE = re.compile(r"\.(?:py|[cm]?[jt]sx?)$")
