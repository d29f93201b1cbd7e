"""Questions to the handling of errors: errors that nobody hears of."""

from collections.abc import Iterable, Iterator

from backend_agent.checks import _habits, _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context

CHECKS = (
    Check(
        "swallowed_exception",
        "OBS-1",
        "No error is caught whole and forgotten",
        category="swallowed_exception",
        languages=("csharp", "java", "javascript", "kotlin", "php", "python", "ruby", "tsx", "typescript"),
        why="What went wrong is nowhere to be read, and the caller takes the empty answer for a true one.",
        fix="catch the errors that are expected, log the others with their cause, or let them travel on",
        sees="clauses that catch everything and only go on or return an empty value, without a log line or a comment that says why: "
        "findings around a write, a message, a call of another system or a question to a store, questions elsewhere",
        misses="errors that are logged and then ignored; narrow clauses; Go and Rust; attempts to parse, probe or close something",
    ),
)
SWALLOWED = CHECKS[0]
applies = _shape.applies


def run(context: Context) -> Iterable[Finding]:
    """Clauses that swallow."""
    yield from _swallowed(context)


_UNSURE = {
    "": "",
    "beside": "whether the work may go on without what fails here: a file, a cache, a part of foreign data",
    "long": "which of the errors of so many statements is meant",
    "marked": "whether somebody has judged it: the clause is marked, and no reason is given",
    "nothing": "whether callers take the empty answer for a failure",
    "set": "whether the empty value that is set before is meant for when it fails",
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
