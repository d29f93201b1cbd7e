"""The facts that are put beside a question: what the model knows of the routes, tables, migrations, jobs and tests of a change."""

from collections.abc import Callable

from backend_agent.facts.code import is_test
from backend_agent.facts.source import language_of
from backend_agent.model import Backend
from backend_agent.repository.changes import Change

MOST = 6


def facts_for(kinds: "tuple[str, ...]", change: Change, backends: "Callable[[], list[Backend]]") -> "tuple[str, ...]":
    """Lines for the kinds that an item asks for: routes, guards, models, migrations, jobs, tests. Nothing found is nothing said."""
    found: list[str] = []
    for kind in kinds:
        if kind in {"routes", "guards"}:
            found += _routes(change, backends(), kind)
        elif kind == "tests":
            found += _tests(change)
        elif kind in {"models", "migrations", "jobs"}:
            found += _named(kind, change, backends())
    return tuple(dict.fromkeys(found))


def _routes(change: Change, backends: "list[Backend]", kind: str) -> "list[str]":
    touched = [
        e.route
        for b in backends
        for e in b.endpoints
        if change.touches(e.route.file, e.route.line)
        or (e.route.handler_file and change.touches(e.route.handler_file, e.route.handler_line, e.route.handler_end))
    ]
    if not touched:
        return []
    word = "" if change.whole else "changed "
    if kind == "routes":
        return [f"{_many(len(touched), word + 'route')}: " + _some([f"{r.method} {r.path} {r.file}:{r.line}" for r in touched])]
    bare = [f"{r.method} {r.path} {r.file}:{r.line}" for r in touched if r.guard.state != "guarded"]
    named = sorted({r.guard.name for r in touched if r.guard.state == "guarded" and r.guard.name})
    lines = [
        f"{len(touched) - len(bare)} of {_many(len(touched), word + 'route')} with a guard"
        + (f" ({', '.join(named[:3])})" if named else "")
    ]
    return [*lines, "without: " + _some(bare)] if bare else lines


def _tests(change: Change) -> "list[str]":
    files = [p for p in change.paths if (language := language_of(p)) is not None and is_test(p, language)]
    if not files:
        return ["there is no test file" if change.whole else "no test file changed"]
    return [f"{_many(len(files), 'test file' if change.whole else 'changed test file')}: " + _some(files)]


def _named(kind: str, change: Change, backends: "list[Backend]") -> "list[str]":
    if kind == "models":
        rows = [f"{t.table} {t.file}:{t.line}" for b in backends for t in b.tables if change.touches(t.file, t.line)]
    elif kind == "migrations":
        rows = [m.file for b in backends for m in b.migrations if change.touches(m.file)]
    else:
        rows = [f"{j.name} {j.file}:{j.line}" for b in backends for j in b.jobs if change.touches(j.file, j.line)]
    return [f"{kind if change.whole else 'changed ' + kind}: " + _some(rows)] if rows else []


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _some(rows: "list[str]") -> str:
    more = f" and {len(rows) - MOST} more" if len(rows) > MOST else ""
    return ", ".join(rows[:MOST]) + more
