"""Questions to what comes in: bodies that reach the code without a schema."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _database, _words
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import routes
from backend_agent.model import Backend, Endpoint

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
        yield from _bodies(context, [e for e in backend.endpoints if not _database.is_test(e.route.file)], backend)


def _bodies(context: Context, endpoints: "list[Endpoint]", backend: Backend) -> Iterator[Finding]:
    good = next((e for e in backend.endpoints if e.route.body not in {"", "?"}), None)
    before = _validator_place(context)
    told: set[tuple[str, int]] = set()
    for endpoint in endpoints:
        route = endpoint.route
        if route.body not in {"", "?"} or route.method not in _words.WRITES:
            continue
        text, line = _words.handler(context, endpoint)
        raw = _words.pattern("raw_body", _words.language(endpoint))
        read = raw.search(_COMMENTED.sub(lambda match: " " * len(match.group()), text)) if raw else None
        if read is None:
            if route.body == "?":
                context.unchecked(BODY.id, f"{route.file}:{route.line}: the body of {route.method} {route.path} may be read out of sight")
            continue
        file = route.handler_file or route.file
        line += text.count("\n", 0, read.start())
        if re.search(r"(?i)upload|stream|blob|formData|multer", f"{route.path} {text}"):
            context.unchecked(BODY.id, f"{route.file}:{route.line}: {route.method} {route.path} takes a file")
            continue
        # a plain dict of a signature is checked in the handler or nowhere; what a framework reads may be checked by a helper of the file
        texts = [text] if ":" in read.group() else [context.repository.read(name) for name in {file, route.file}]
        if before:
            context.unchecked(BODY.id, f"{route.file}:{route.line}: {before} checks what comes in, perhaps {route.path} too")
            continue
        if _passed_on(context, endpoint, text, read.start()):
            context.unchecked(
                BODY.id, f"{route.file}:{route.line}: {route.method} {route.path} hands its body to a function that checks it"
            )
            continue
        if (file, line) in told:
            continue  # one handler of several methods
        told.add((file, line))
        if any(_words.says("validates", one) for one in texts):
            context.unchecked(BODY.id, f"{route.file}:{route.line}: {route.method} {route.path} may check its body out of sight")
            continue
        message = f"{route.method} {route.path} reads its body without a schema: any field, type and length reaches the code"
        fix = (
            f"{BODY.fix}: {good.route.body} of {good.route.method} {good.route.path} ({good.route.file}:{good.route.line})" if good else ""
        )
        subject = f"{route.method} {route.path}"
        yield Finding(BODY.id, BODY.item, BODY.severity, file, line, line, message, fix or BODY.fix, BODY.category, subject)


_COMMENTED = re.compile(r"(?m)^\s*(?://|#|\*)[^\n]*")
_CALLED = re.compile(r"\b(?:\w+\.)*(\w+)\((?:[^()]|\([^()]*\))*$")


def _passed_on(context: Context, endpoint: Endpoint, text: str, at: int) -> bool:
    """Whether the body goes to a function of the project as an argument, and that function checks what it is given."""
    called = _CALLED.search(text[max(at - 300, 0) : at])
    if called is None:
        return False
    name = called.group(1)
    files = [hop.file for hop in endpoint.hops if hop.name.rpartition(".")[2] == name] or _defining(context, name)
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
