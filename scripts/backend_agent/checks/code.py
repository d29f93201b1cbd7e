"""Rules about single places in the code: what the facts of `facts/rules` mean, why it matters, and what to write instead."""

from collections.abc import Iterable

from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import rules

_ALL = tuple(sorted(rules.TABLES))

CHECKS = (
    Check(
        "raw_sql",
        "DB-1",
        "No SQL is put together from values",
        category="raw_sql",
        languages=_ALL,
        why="A value inside the text of a statement can change the statement: whoever controls the value reads or destroys the data.",
        fix="pass values as parameters; take names of columns and tables from a fixed list",
        sees="concatenation, interpolation and formatting within a function, through constants and helpers of the same file",
        misses="a whole statement that comes in as a parameter, and text built in another file",
    ),
)

_IDIOM = {
    "python": "execute(\"… WHERE id = %s\", (id,)) or SQLAlchemy's bound parameters; psycopg's sql.Identifier for names",
    "javascript": "query('… WHERE id = $1', [id]) or the tagged template of the ORM; a fixed list for names",
    "java": "a PreparedStatement or named parameters (`… WHERE id = ?`); a fixed list for names",
    "go": 'db.QueryContext(ctx, "… WHERE id = $1", id); a fixed list or pgx.Identifier for names',
    "csharp": "SqlParameter, Dapper's @id, or FromSqlInterpolated; a fixed list for names",
    "php": "a prepared statement (`… WHERE id = ?`) or the query builder's bindings; a fixed list for names",
    "ruby": 'where(id: id) or where("id = ?", id); a fixed list and Arel for names',
    "kotlin": "a PreparedStatement or named parameters (`… WHERE id = ?`); a fixed list for names",
    "rust": 'sqlx::query!("… WHERE id = $1", id) or .bind(id); a fixed list for names',
    "scala": 'the sql"… $id" interpolator or a PreparedStatement; a fixed list for names',
}


def run(context: Context) -> "Iterable[Finding]":
    """A finding per fact; the order does not matter."""
    from backend_agent.facts.source import language_of

    known = {check.id: check for check in CHECKS}
    for path, rows in context.facts(rules).items():
        language = rules.TABLES.get(language_of(path) or "", "")
        for rule, line, end, detail in rows:
            check = known.get(rule)
            if check is not None:
                yield _finding(check, path, line, end, detail, language)


def _finding(check: Check, path: str, line: int, end: int, detail: str, language: str) -> Finding:
    message, fix = _words(check, detail, language)
    return Finding(check.id, check.item, check.severity, path, line, end, message, fix, check.category)


def _words(check: Check, detail: str, language: str) -> "tuple[str, str]":
    given = f"`{detail}` gets SQL" if detail else "SQL"
    return f"{given} that is put together from values: a value can change the statement", _IDIOM.get(language, check.fix)
