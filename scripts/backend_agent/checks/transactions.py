"""Questions to transactions and sessions: who shares, what was read and is written back."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts.source import kind_of
from backend_agent.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHECKS = (
    Check(
        "shared_session",
        "DB-4",
        "A session belongs to one request or task",
        category="shared_session",
        languages=("csharp", "java", "javascript", "python", "tsx", "typescript"),
        why="Concurrent work on one session mixes rows and transactions of different callers, and one failure breaks it for all.",
        fix="open a session for each request or task from the factory, and close it there",
        sees="sessions, contexts and query runners that a module or a static field holds, and one session used by several "
        "tasks of a gather",
        misses="sessions in objects that live as long as the process; scoped_session, which is one for each thread",
    ),
    Check(
        "check_then_write",
        "DB-7",
        "What decides a write is true when it happens",
        category="check_then_write",
        languages=("csharp", "go", "java", "javascript", "kotlin", "php", "python", "ruby", "tsx", "typescript"),
        why="Two requests read the same value and both write: one change is lost, or a row that may exist once exists twice.",
        fix="let the database decide: one conditional UPDATE, a lock on the row, or a unique constraint whose error is handled",
        sees="counters that are read, changed and saved without lock or version; rows that are looked for by a column "
        "before they are made, "
        "where the model knows no unique constraint on it; jobs, and columns that name no row, are questions",
        misses="changes that go through functions of other files; isolation levels that the connection sets; columns that the "
        "model does not know",
    ),
)
SESSION, RACE = CHECKS
applies = _shape.applies


def run(context: Context) -> Iterable[Finding]:
    """Shared sessions, then races."""
    for path, row in _shape.rows(context, SESSION, "shared_session"):
        yield _shape.finding(SESSION, path, row, _SHARED[row["at"]].format(name=row["name"]))
    yield from _races(context)


_SHARED = {
    "module": "`{name}` is one session for the whole process: all requests share its rows and its transaction",
    "static": "`{name}` is static: all requests share its rows and its transaction",
    "gather": "`{name}` is used by several tasks at once: a session serves one at a time",
}


def _races(context: Context) -> Iterator[Finding]:
    for path, row in _shape.rows(context, RACE, "race"):
        if _versioned(context, row["name"].partition(".")[0]):
            continue
        message = (
            f"{row['name']} is read, changed in memory and written back: of two requests at the same time one change is lost, "
            "or a limit is passed"
        )
        found = _shape.finding(RACE, path, row, message, _CHANGE.get(kind_of(path) or "", RACE.fix))
        yield found._replace(doubt=_alone(path, row.get("function", "")))
    for path, row in _shape.rows(context, RACE, "looked", "declared"):
        table = _shape.table_of(context, row["model"])
        columns = [_shape.snake(column) for column in row["columns"]]
        if table is None or row.get("odd"):
            context.unchecked(RACE.id, f"{path}:{row['line']}: the table of {row['model']} is not known")
            continue
        if not _known(table, columns[0]) or _unique(context, table, columns):
            continue
        subject = f"{table.table}.{'.'.join(columns)}"
        found = _shape.finding(RACE, path, row, _told(row, table, columns), _unique_fix(table, columns), subject)
        yield found._replace(doubt=_alone(path, row.get("function", "")) or _many(context, path, row))


_APART = re.compile(
    r"(?i)(?:^|/)(?:\w*tasks?|\w*jobs?|workers?|cron\w*|consumers?|listeners?|seed\w*|bootstrap\w*|start_?up\w*|commands?|importers?|sync\w*)(?:/|\.\w+$)"
    r"|(?:^|/)apps\.py$|(?:Job|Worker|Seeder|Task|Consumer|Importer)s?\.\w+$"
)
_STARTS = re.compile(r"(?i)_*(?:init|seed|bootstrap|ready$|setup|on_?start)")


def _alone(path: str, function: str) -> str:
    """The doubt about code that no request runs: one worker may do it at a time."""
    return "whether two of it ever run at once: it is no code of a request" if _APART.search(path) or _STARTS.match(function) else ""


_REFUSES = re.compile(
    r"(?i)\b(?:raise|throw|abort|fail)\b|error|exception|conflict|bad_?request|exists\b|taken|already|duplicate|\b(?:400|409|422)\b"
)
_KEY = re.compile(
    r"(?i)(?:^|_)(?:user_?name|name|e?mail|code|slug|number|login|phone|key|token|sku|isbn|handle|reference|url|uri|domain|identifier|hash|serial)$"
)


def _many(context: Context, path: str, row: "dict[str, Any]") -> str:
    """The doubt about a column of which a table may well have several equal ones."""
    if row["kind"] == "declared" or _KEY.search(_shape.snake(row["columns"][0])):
        return ""
    between = "\n".join(context.repository.lines(path)[row["line"] - 1 : min(max(row["made"], row["line"]), row["line"] + 4)])
    return "" if _REFUSES.search(between) else f"whether a second row with the same {_shape.snake(row['columns'][0])} would be wrong"


_VERSION = re.compile(
    r"(?m)@Version\b|@VersionColumn\b|IsConcurrencyToken|IsRowVersion|\[(?:Timestamp|ConcurrencyCheck)\]|\block_version\b|version_id_col|optimisticlock"
)


def _versioned(context: Context, variable: str) -> bool:
    """Whether the table that a variable is named after counts its versions, so that the second writer is refused."""
    table = _shape.table_of(context, variable)
    if table is None:
        return False
    counted = any(re.fullmatch(r"(?i)lock_?version|row_?version|xmin", column.name) for column in table.columns)
    return counted or bool(_VERSION.search(context.repository.read(table.file)))


_CHANGE = {
    "python": "one UPDATE … SET x = x - :n WHERE x >= :n and look at its row count, or with_for_update() / "
    "select_for_update() before the read",
    "javascript": "one conditional update ({ decrement: n } with the limit in its where), or a row lock before the read",
    "typescript": "one conditional update ({ decrement: n } with the limit in its where), or a row lock before the read",
    "java": "@Version on the entity, @Lock(PESSIMISTIC_WRITE) on the read, or one UPDATE with the condition in its WHERE",
    "ruby": "with_lock around it, or update_all / increment! with the condition in the WHERE",
    "php": "lockForUpdate() inside a transaction, or decrement() with the condition in the where",
    "kotlin": "@Version on the entity, @Lock(PESSIMISTIC_WRITE) on the read, or one UPDATE with the condition in its WHERE",
    "go": 'UPDATE … SET x = x - $1 WHERE x >= $1, or clause.Locking{Strength: "UPDATE"} before the read',
    "csharp": "a concurrency token ([Timestamp] or IsConcurrencyToken), or ExecuteUpdate with the condition in its Where",
}


def _known(table: Table, column: str) -> bool:
    return any(_shape.snake(c.name) == column for c in table.columns)


def _unique(context: Context, table: Table, columns: "list[str]") -> bool:
    """Whether a key, a unique constraint or some text of the schema says that the columns are unique."""
    wanted = {*columns, *(f"{c}_id" for c in columns), *(c.removesuffix("_id") for c in columns)}
    keys = [*table.unique, table.primary_key]
    if any(key and {_shape.snake(c) for c in key} <= wanted for key in keys):
        return True
    column = re.escape(columns[0])
    camel = re.escape(re.sub(r"_(\w)", lambda m: m.group(1).upper(), columns[0]))
    name = rf"(?:{column}|{camel})"
    near = re.compile(_NEAR.replace("NAME", name), re.IGNORECASE | re.MULTILINE)
    return any(near.search(text) for text in _texts(context, table))


_NEAR = (  # `uniqueness: true` of Rails asks the database first and is no constraint
    r"^\s*(?:[\w<>?@.]+\s+){0,3}[\"'`]?NAME\b[^\n]*unique(?!ness)"
    r"|unique(?!ness)[^\n]*[\"'`:(\[,]\s*[\"'`]?NAME[\"'`)\],]"
    r"|[\"'`:(\[,]\s*NAME[\"'`)\],][^\n]*unique(?!ness)"
    r"|^\s*[@\[][^\n]*unique(?!ness)[^\n]*[)\]]\s*\n[^\n@]*\bNAME\b"
    r"|\bNAME\b[^;]{0,120}\.IsUnique|_NAME_(?:key|uniq)|uq_\w*NAME"
)


def _texts(context: Context, table: Table) -> "list[str]":
    """The files that may declare a constraint on a table: its own, and migrations and configurations that name it."""
    kept: list[str] | None = getattr(context, "_unique_texts", None)
    if kept is None:
        paths = [
            p
            for p in context.repository.paths
            if re.search(r"(?i)migrat|schema|alembic|changelog|configur|context|\.sql$|\.prisma$|entity|model", p)
        ]
        kept = [text for p in paths if kind_of(p) and "unique" in (text := context.repository.read(p)).lower()]
        context._unique_texts = kept  # type: ignore[attr-defined]
    own = context.repository.read(table.file)
    return [own, *(text for text in kept if table.table.lower() in text.lower() or (table.name and table.name in text))]


def _told(row: "dict[str, Any]", table: Table, columns: "list[str]") -> str:
    named = ", ".join(columns)
    if row["kind"] == "declared":
        return f"the rule asks whether {named} is taken, and {table.table} has no unique constraint on it: two requests at once both pass"
    return (
        f"a row of {table.table} is looked for by {named} and made in line {row['made']}; no unique constraint on {named} is known: "
        "two requests at once both make one"
    )


def _unique_fix(table: Table, columns: "list[str]") -> str:
    return f"a unique index on {table.table} ({', '.join(columns)}) in a migration, and handle its error where the row is made"
