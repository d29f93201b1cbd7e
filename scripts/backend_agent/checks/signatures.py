"""Questions to signatures: functions without types in a file that has them."""

import re
from collections.abc import Iterable

from backend_agent.checks import _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context

CHECKS = (
    Check(
        "missing_types",
        "ARC-4",
        "A public function is typed as strictly as its neighbours",
        severity="warning",
        category="missing_types",
        languages=("python",),
        why="The type checker says nothing about what has no types: every caller of the function goes unchecked.",
        fix="give each parameter and the result a type",
        sees="public functions of Python without a type for a parameter, or for the result that they return, in files where three of four "
        "functions have all theirs",
        misses="functions that return nothing; files in which few functions are typed; nested and private functions; "
        "TypeScript, where the compiler's own strict says it",
    ),
)
TYPES = CHECKS[0]
applies = _shape.applies
_ENOUGH, _SHARE = 4, 0.75


def run(context: Context) -> Iterable[Finding]:
    """A finding per function, in files that are typed."""
    typed = {
        path for path, row in _shape.rows(context, TYPES, "signatures") if row["total"] >= _ENOUGH and row["typed"] >= row["total"] * _SHARE
    }
    for path, row in _shape.rows(context, TYPES, "untyped"):
        if path in typed:
            lacking = ", ".join(row["missing"][:4]) or ""
            parts = [f"no type for {lacking}" if lacking else "", "" if row["returns"] else "no type of the result"]
            told = " and ".join(part for part in parts if part)
            made = _shape.finding(TYPES, path, row, f"{row['name']} has {told}, unlike the functions beside it", subject=row["name"])
            yield made._replace(doubt="" if lacking else _of_a_route(context.repository.lines(path), row["line"]))


def _of_a_route(lines: "list[str]", line: int) -> str:
    """The doubt about a handler without a type of its result: its decorator may say what is answered."""
    above = "\n".join(lines[max(line - 15, 0) : line]).rpartition("\n\n")[2]
    return "whether the route says what it answers" if _ROUTE.search(above) else ""


_ROUTE = re.compile(r"@[\w.]+\.(?:get|post|put|patch|delete|route|websocket|api_route|head|options)\(")
