"""Questions to migrations: locks, indexes, constraints, drops, data, the way back. Only steps on tables that the same file did not make.

How long a lock is held depends on the rows; a table may be small. What is said here is what the statement does, in PostgreSQL 13 and later.
"""

import re
from collections.abc import Iterable, Iterator

from backend_agent import catalog
from backend_agent.checks import _database, _names
from backend_agent.checks import _migration_doubts as doubts
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import migrations, schema
from backend_agent.facts.migrations import statements
from backend_agent.facts.schema.resolve import natural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Step = dict[str, Any]
else:
    Step = dict

_TOOLS = "SQL files, Liquibase, Alembic, Django, Rails, Laravel, Ecto, EF Core, Knex, TypeORM, Sequelize, MikroORM, node-pg-migrate"
_HERE = f"steps on tables that the file does not create itself, in {_TOOLS}"
_POSTGRES = f"{_HERE}, where the database is PostgreSQL"
_MISSES = "how many rows a table has; statements put together at run time; other databases"

CHECKS = (
    Check(
        "locking_migration",
        "MIG-2",
        "No step rewrites or scans an existing table under an exclusive lock",
        category="locking_migration",
        why="ACCESS EXCLUSIVE stops all reads and writes of the table until the rewrite or scan is over.",
        fix="take it in steps: add, fill in batches, check without validation, validate, switch",
        sees=_POSTGRES
        + ": volatile defaults, changes of type that rewrite, SET NOT NULL without a checked constraint, and in a change also"
        " new columns that are NOT NULL without a default",
        misses=_MISSES,
    ),
    Check(
        "index_not_concurrent",
        "MIG-3",
        "Indexes on existing tables are built concurrently",
        category="index_not_concurrent",
        why="CREATE INDEX without CONCURRENTLY stops all writes to the table until it is done.",
        fix="build it concurrently, outside a transaction",
        sees=_POSTGRES,
        misses=_MISSES + "; indexes that Django makes for a new field",
    ),
    Check(
        "constraint_not_valid",
        "MIG-4",
        "Constraints on existing tables are added without validation first",
        category="constraint_not_valid",
        why="A constraint that is validated at once scans the table while writes wait.",
        fix="add it NOT VALID, and VALIDATE CONSTRAINT in a later migration",
        sees=_POSTGRES + ": foreign keys and checks",
        misses=_MISSES + "; keys that are declared with a new column, which need no scan while it is empty",
    ),
    Check(
        "drop_in_same_release",
        "MIG-5",
        "Nothing is dropped or renamed that the code of the same release names",
        category="drop_in_same_release",
        why="While the release rolls out, running code still reads and writes the old name, and fails.",
        fix="stop using it in one release, drop it in the next",
        sees=f"columns that a model still declares or a query of that table alone names, and tables that code still names; in {_TOOLS}",
        misses="uses by the release before, and names that are put together at run time",
    ),
    Check(
        "backfill_in_migration",
        "MIG-6",
        "No migration changes a whole table's rows in one statement",
        category="backfill_in_migration",
        why="One statement over all rows holds their locks, bloats the table and cannot be resumed.",
        fix="move rows in batches of a few thousand, each in its own transaction, outside the schema migration",
        sees="UPDATE and DELETE without a WHERE, or with IS NULL only, and loops that save each row, on " + _HERE,
        misses="statements whose WHERE may match few rows or many; " + _MISSES,
    ),
    Check(
        "missing_down",
        "MIG-7",
        "Migrations can be undone, or say that they cannot",
        severity="warning",
        category="missing_down",
        why="A release that goes wrong can be taken back only if its migration can.",
        fix="write the way back, or raise with the reason why there is none",
        sees=f"empty or missing ways down of the tools that have them, in {_TOOLS}",
        misses="whether the way down restores what the way up changed; projects that never write one are left alone",
    ),
    Check(
        "missing_lock_timeout",
        "MIG-9",
        "Migrations that lock existing tables give up soon",
        severity="warning",
        category="missing_lock_timeout",
        why="A migration that waits for its lock makes every later query of the table wait behind it.",
        fix="SET lock_timeout = '5s' before the first statement, or in the settings of the connection that migrates",
        sees=_POSTGRES + "; with --all the newest migration of each folder only",
        misses="a timeout that is set on the role or outside the repository",
    ),
)
_BY_ID = {check.id: check for check in CHECKS}

_INDEX_FIX = {
    "rails": "algorithm: :concurrently with disable_ddl_transaction!",
    "django": "AddIndexConcurrently with atomic = False on the migration",
    "alembic": "postgresql_concurrently=True within op.get_context().autocommit_block()",
    "ecto": "concurrently: true with @disable_ddl_transaction true and @disable_migration_lock true",
    "laravel": "DB::statement('CREATE INDEX CONCURRENTLY …') with public $withinTransaction = false",
    "knex": "knex.raw('CREATE INDEX CONCURRENTLY …') with exports.config = { transaction: false }",
    "typeorm": "CREATE INDEX CONCURRENTLY with transaction = false on the migration",
    "sequelize": "concurrently: true in the options of addIndex, outside sequelize.transaction()",
    "mikro-orm": "CREATE INDEX CONCURRENTLY with isTransactional() { return false; } in the migration",
    "node-pg-migrate": "concurrently: true in the options of createIndex, with pgm.noTransaction()",
}
_INDEX_FIX |= {
    "goose": "CREATE INDEX CONCURRENTLY, below -- +goose NO TRANSACTION",
    "dbmate": "CREATE INDEX CONCURRENTLY, below -- migrate:up transaction:false",
    "sqlx": "CREATE INDEX CONCURRENTLY as the only statement, with -- no-transaction on the first line",
    "diesel": "CREATE INDEX CONCURRENTLY, with run_in_transaction = false in metadata.toml",
    "liquibase": 'CREATE INDEX CONCURRENTLY in a sql change, with runInTransaction="false" on the change set',
    "efcore": 'IsCreatedConcurrently() on the index, or Sql("CREATE INDEX CONCURRENTLY …", suppressTransaction: true)',
    "golang-migrate": "CREATE INDEX CONCURRENTLY as the only statement of the file",
    "prisma": "CREATE INDEX CONCURRENTLY as the only statement of the migration",
}
_VALID_FIX = {
    "rails": "validate: false, and validate_foreign_key or validate_check_constraint in a migration of its own",
    "django": "AddConstraintNotValid, and ValidateConstraint in a migration of its own",
    "alembic": "postgresql_not_valid=True, and VALIDATE CONSTRAINT in a migration of its own",
    "ecto": "validate: false, and VALIDATE CONSTRAINT in a migration of its own",
    "liquibase": "a sql change with NOT VALID, and VALIDATE CONSTRAINT in a change set of its own",
    "efcore": 'Sql("ALTER TABLE … NOT VALID"), and VALIDATE CONSTRAINT in a migration of its own',
}


def _tool(context: Context, path: str, tool: str) -> str:
    """The tool by its project, where the file alone does not tell it: sqlx names its files as others do."""
    if tool not in {"golang-migrate", "sql"}:
        return tool
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        manifest = f"{folder}/Cargo.toml" if folder else "Cargo.toml"
        if context.repository.exists(manifest):
            return (
                "sqlx" if re.search(r"(?m)^\s*\"?sqlx\b|\bsqlx\.workspace|dependencies\.sqlx", context.repository.read(manifest)) else tool
            )
    return tool


class _File:
    """One migration: its facts, and the steps on tables that it did not make."""

    def __init__(self, context: Context, path: str, facts: "dict[str, Any]") -> None:
        self.path, self.facts, self.tool = path, facts, _tool(context, path, str(facts["tool"]))
        change = context.change.files.get(path) if not context.change.whole else None
        new = [step for step in facts["steps"] if change is None or change.holds(step["line"], step["end"])]
        made = {_names.plain(step["table"]) for step in new if step["op"] == "create_table"}
        made |= {
            _names.plain(step.get("to", ""))
            for step in facts["steps"]
            if step["op"] == "rename_table" and _names.plain(step["table"]) in made
        }
        made |= _unmanaged(context, path) if self.tool == "django" else set()
        made |= _made_beside(context, path, self.tool)
        self.steps: list[Step] = [
            s for s in facts["steps"] if s["op"] != "create_table" and (not s["table"] or _names.plain(s["table"]) not in made)
        ]

    def finding(self, check: str, step: Step, message: str, fix: str = "", subject: str = "", doubt: str = "") -> Finding:
        rule = _BY_ID[check]
        place = (self.path, step["line"], step["end"])
        return Finding(rule.id, rule.item, rule.severity, *place, message, fix or rule.fix, rule.category, subject, doubt=doubt)


def _made_beside(context: Context, path: str, tool: str) -> "set[str]":
    """Tables that other files of the same change make: nobody has rows in them when this one runs."""
    if context.change.whole:
        return set()
    folder = path.rpartition("/")[0]
    found = set()
    for other, facts in context.facts(migrations).items():
        change = context.change.files.get(other)
        if change is None or other == path or (tool == "django" and other.rpartition("/")[0] != folder):
            continue
        found |= {
            _names.plain(step["table"])
            for step in facts["steps"]
            if step["op"] == "create_table" and change.holds(step["line"], step["end"])
        }
    return found


_CREATED = re.compile(r"""CreateModel\(\s*(?:name\s*=\s*)?["'](\w+)["']((?:(?!CreateModel\()[\s\S])*)""")
_UNMANAGED = re.compile(r"""["']managed["']\s*:\s*False""")


def _unmanaged(context: Context, path: str) -> "set[str]":
    """Models of an app whose tables Django leaves alone, each time that they are made: their operations change nothing in the database."""
    folder = path.rpartition("/")[0]
    texts = [context.repository.read(p) for p in context.repository.paths if p.endswith(".py") and p.rpartition("/")[0] == folder]
    if not any(_UNMANAGED.search(text) for text in texts):
        return set()
    made = [(_names.plain(name), bool(_UNMANAGED.search(body))) for text in texts for name, body in _CREATED.findall(text)]
    return {name for name, alone in made if alone} - {name for name, alone in made if not alone}


def applies(context: Context) -> bool:
    """Whether there is a migration in scope, also one that no reader exists for: that must be said."""
    return bool(context.facts(migrations)) or bool(_unread(context))


def _unread(context: Context) -> "list[tuple[str, str]]":
    """(path, tool) of migrations that are known as such but whose steps nobody reads."""
    known = context.facts(migrations)
    found = [(path, facts["migration"]["tool"]) for path, facts in sorted(context.facts(schema).items()) if facts.get("migration")]
    found = [(path, tool) for path, tool in found if not path.endswith(".sql")]  # one that changes no table has no steps
    return [(path, tool) for path, tool in found if path not in known and not _database.is_test(path)]


def _root(path: str) -> str:
    """The folder that holds the migrations, also where each has a folder of its own."""
    folder, _, name = path.rpartition("/")
    own = name in {"up.sql", "migration.sql"} or re.fullmatch(r"[vV]?\d[\d._-]*", folder.rpartition("/")[2])
    return folder.rpartition("/")[0] if own else folder


def run(context: Context) -> Iterable[Finding]:
    """Each migration of the scope by each question."""
    for tool in sorted({tool for _path, tool in _unread(context)}):
        for check in CHECKS:
            context.unchecked(check.id, f"no reader for migrations of {tool}")
    ours = sorted((path for path in context.facts(migrations) if not _database.is_test(path) and not _set_aside(path)), key=natural)
    files = [_File(context, path, context.facts(migrations)[path]) for path in ours]
    if context.change.whole:
        files = _recent(context, files)
    waiting = _waiting(context, files)
    last = {_root(file.path): file.path for file in files}
    for file in files:
        yield from _postgres(context, file, waiting)
        if not context.change.whole or last[_root(file.path)] == file.path:  # what was dropped long ago and is missed would not run today
            yield from _drops(context, file)
        if _database.of(context, file.path) != {"sqlite"}:  # one writer at a time anyway
            yield from _backfill(context, file)
        yield from _way_down(context, file)


_WAYS_BACK = re.compile(r"(?i)(?:^|/)(?:rollbacks?|undo|reverts?|downs?)/[^/]+$")
_STAGES = frozenset({"dev", "development", "local", "test", "tests", "demo", "seed", "seeds", "truncate", "mock", "sample"})


def _set_aside(path: str) -> bool:
    """Whether a migration goes back, or fills a database that only developers or tests have: `db/migration/dev+test/…`."""
    folder = path.rpartition("/")[0]
    above, _, last = folder.rpartition("/")
    staged = {part.lower() for part in re.split(r"[+,_-]|and", last)} <= _STAGES and re.search(r"(?i)migrat|flyway|changelog", above)
    return bool(staged) or _WAYS_BACK.search(path) is not None


def _waiting(context: Context, files: "list[_File]") -> "frozenset[str]":
    """The files that are asked for a limit: those of the change, else the newest of each tool and service, as the way to set it is one."""
    locking = [file for file in files if any(step["op"] in _LOCKS for step in file.steps)]
    if not context.change.whole:
        return frozenset(file.path for file in locking)
    newest: dict[tuple[str, str], tuple[str, list[Any], str]] = {}
    for file in locking:
        services = [service for service in _database.databases(context) if file.path.startswith(service)]
        key = file.tool, max(services, key=len, default="")
        newest[key] = max(newest.get(key, ("", [], "")), (doubts.day_of(context, file.path), natural(file.path), file.path))
    return frozenset(path for _day, _order, path in newest.values())


_RECENT = 10


def _recent(context: Context, files: "list[_File]") -> "list[_File]":
    """The newest of each folder: what is older has run wherever it will, and cannot be changed any more."""
    folders: dict[str, list[_File]] = {}
    for file in files:
        folders.setdefault(_root(file.path), []).append(file)
    for folder, inside in folders.items():
        if len(inside) > _RECENT:
            for check in CHECKS:
                context.unchecked(check.id, f"{folder}: {len(inside) - _RECENT} older migrations have run already")
    return [file for inside in folders.values() for file in inside[-_RECENT:]]


def _postgres(context: Context, file: _File, waiting: "frozenset[str]") -> Iterator[Finding]:
    steps = [step for step in file.steps if step["op"] in _LOCKS]
    if not steps:
        return
    postgres = _database.is_postgres(context, file.path)
    if postgres is None:
        for check in ("locking_migration", "index_not_concurrent", "constraint_not_valid", "missing_lock_timeout"):
            context.unchecked(check, "it cannot be told whether the database is PostgreSQL")
    if not postgres:
        return
    for step in steps:
        found = [*_locking(context, file, step), *_index(context, file, step), *_constraint(context, file, step)]
        doubt = doubts.of_step(context, file.path, step) if found else ""
        yield from (one._replace(doubt=one.doubt or doubt) for one in found)
    yield from _unlimited(context, file, steps, waiting)


def _unlimited(context: Context, file: _File, steps: "list[Step]", waiting: "frozenset[str]") -> Iterator[Finding]:
    wanted = [s for s in steps if s["op"] not in {"add_index", "validate"} or s["op"] == "add_index" and not s["concurrent"]]
    if not wanted or file.facts["timeout"] or file.path not in waiting:
        return
    limited, doubt = doubts.of_timeout(context)
    if limited:
        return
    step = wanted[0]
    message = f"{step['op'].replace('_', ' ')} on {step['table']} waits for its lock without limit, and all queries behind it"
    doubt = doubt or doubts.of_step(context, file.path, step)
    yield file.finding("missing_lock_timeout", step, message, subject="lock_timeout", doubt=doubt)


_LOCKS = frozenset({"add_column", "drop_column", "rename_column", "alter_type", "set_not_null", "add_index", "add_unique"})
_LOCKS |= {"add_foreign_key", "add_check", "drop_table", "rename_table", "rewrite", "rebuild", "validate"}


# locks


def _pattern(name: str) -> "re.Pattern[str]":
    return re.compile(catalog.load("checks", "migrations")[name]["pattern"])


def _locking(context: Context, file: _File, step: Step) -> Iterator[Finding]:
    table, column = step["table"], step.get("column", "")
    if step["op"] == "add_column":
        reason = _rewrites(step)
        if reason:
            message = (
                f"adding {table}.{column} with {reason} rewrites {table} under ACCESS EXCLUSIVE: reads and writes wait until it is done"
            )
            fix = "add the column without the default, set the default in a second statement, fill old rows in batches"
            yield file.finding("locking_migration", step, message, fix, f"{table}.{column}")
        elif step.get("required") and not _emptied(context, file, table):
            message = f"{table}.{column} is added NOT NULL without a default: the migration fails as soon as {table} has a row"
            fix = "give it a constant default, or add it with NULL, fill old rows in batches, and set NOT NULL in a later migration"
            doubt = f"whether {table} had rows when this ran" if context.change.whole else ""
            yield file.finding("locking_migration", step, message, fix, f"{table}.{column}", doubt)
    elif step["op"] == "alter_type":
        yield from _retyped(context, file, step)
    elif step["op"] == "rewrite":
        message = f"{step['what']} writes {table} anew under ACCESS EXCLUSIVE: reads and writes wait until it is done"
        yield file.finding("locking_migration", step, message, "leave it to a maintenance window, or use pg_repack", table)
    elif step["op"] == "set_not_null" and not _is_checked(context, table, column):
        message = f"SET NOT NULL on {table}.{column} scans {table} under ACCESS EXCLUSIVE: no valid CHECK says that it has no NULL"
        fix = f"ADD CONSTRAINT … CHECK ({column} IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT in the next migration, then SET NOT NULL"
        doubt = (
            f"whether {table}.{column} was NOT NULL before: a change of this kind repeats all of the column" if step.get("loose") else ""
        )
        yield file.finding("locking_migration", step, message, fix, f"{table}.{column}", doubt)


def _emptied(context: Context, file: _File, table: str) -> bool:
    """Whether a file takes all rows out of a table itself, so that it has none."""
    deleted = any(s["op"] == "update" and s["verb"] == "DELETE" and s["bulk"] and s["table"] == table for s in file.steps)
    return deleted or bool(re.search(rf"(?i)\btruncate\b[^;]*\b{re.escape(table)}\b", context.repository.read(file.path)))


def _rewrites(step: Step) -> str:
    """Why a new column rewrites its table, "" where it does not."""
    if step["stored"]:
        return "a stored or identity value"
    if _pattern("serial").search(step["type"].split("(")[0].strip()):
        return f"type {step['type']}"
    return "a volatile default" if _pattern("volatile").search(step["default"]) else ""


def _retyped(context: Context, file: _File, step: Step) -> Iterator[Finding]:
    table, column, kind = step["table"], step["column"], step["type"].strip()
    cast = re.search(r"::\s*(\w+)|\bcast\b.*\bas\s+(\w+)", step["using"], re.IGNORECASE)
    cast_to = (cast.group(1) or cast.group(2) or "").lower() if cast else ""
    converts = (
        bool(cast_to) and cast_to not in {"text", "varchar", "character", "timestamptz", "timestamp"} and not kind.startswith("varchar")
    )
    if step.get("loose") or not (_pattern("rewriting").search(kind) or converts):
        context.unchecked(
            "locking_migration", f"{file.path}:{step['line']}: whether the new type of {table}.{column} rewrites needs the old one"
        )
        return
    message = f"changing {table}.{column} to {kind} rewrites {table} and its indexes under ACCESS EXCLUSIVE"
    fix = "add a column of the new type, write both, fill it in batches, switch reads, drop the old one in a later release"
    yield file.finding("locking_migration", step, message, fix, f"{table}.{column}")


def _is_checked(context: Context, table: str, column: str) -> bool:
    """Whether some migration adds CHECK (column IS NOT NULL) to the table."""
    wanted = re.compile(rf"\b{re.escape(column.upper())}\b\W*\s*IS\s+NOT\s+NULL|NOT NULL \W*{re.escape(column.upper())}\b")
    for facts in _all(context).values():
        for step in facts["steps"]:
            if step["op"] == "add_check" and step["table"] == table and wanted.search(step.get("text", "").upper()):
                return True
    return False


def _all(context: Context) -> "dict[str, Any]":
    return context.facts(migrations, scope_only=False)


def _index(context: Context, file: _File, step: Step) -> Iterator[Finding]:
    fix = _INDEX_FIX.get(file.tool, "CREATE INDEX CONCURRENTLY, in a migration without a transaction")
    table = step["table"]
    if step["op"] == "add_unique" and not step["using"]:
        message = f"a unique or primary key on {table} builds its index under ACCESS EXCLUSIVE: reads and writes wait until it is done"
        fix = "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … UNIQUE USING INDEX"
        yield file.finding("index_not_concurrent", step, message, fix, table)
    elif step["op"] == "add_index" and not step["concurrent"]:
        message = f"the index on {table} is built without CONCURRENTLY: writes to {table} wait until it is done"
        yield file.finding("index_not_concurrent", step, message, fix, table)
    elif step["op"] == "rebuild":
        message = f"{step['what']} of {table} without CONCURRENTLY: writes wait until it is done"
        yield file.finding("index_not_concurrent", step, message, "REINDEX … CONCURRENTLY, outside a transaction", table)
    elif step["op"] == "add_index" and step["concurrent"] and not step.get("only") and _in_transaction(context, file):
        message = f"the index on {table} is to be built concurrently, but the migration runs in a transaction, where PostgreSQL refuses it"
        yield file.finding("index_not_concurrent", step, message, fix, table)


_SETTERS = {
    "alembic": ("env.py", r"AUTOCOMMIT|transactional_ddl\s*=\s*False|autocommit\s*=\s*True"),
    "typeorm": ("", r"migrationsTransactionMode\s*:\s*['\"`](?:none|each['\"`].*transaction\s*=\s*false)|transaction\s*:\s*['\"`]none"),
    "knex": ("", r"disableTransactions\s*:\s*true"),
    "mikro-orm": ("", r"\btransactional\s*:\s*false"),
}
"""Where a tool's transactions are switched off for all migrations."""
_WRAPPING = frozenset(
    {"alembic", "django", "rails", "ecto", "laravel", "knex", "typeorm", "goose", "sql-migrate", "dbmate", "liquibase", "diesel", "sqlx"}
    | {"mikro-orm", "node-pg-migrate"}
)
"""Tools that run each migration in a transaction; for the others only what the file says counts."""


def _in_transaction(context: Context, file: _File) -> bool:
    if file.facts.get("begins"):
        return True
    if not file.facts["transaction"] or file.tool not in _WRAPPING:
        return False
    if file.tool == "diesel":
        settings = file.path.rpartition("/")[0] + "/metadata.toml"
        return not (context.repository.exists(settings) and "run_in_transaction = false" in context.repository.read(settings))
    name, pattern = _SETTERS.get(file.tool, ("", ""))
    if not pattern:
        return True
    settings_files = (p for p in context.repository.paths if p.endswith(name) and (name or _SETTINGS.search(p)))
    return not any(re.search(pattern, context.repository.read(p)) for p in settings_files)


def _constraint(context: Context, file: _File, step: Step) -> Iterator[Finding]:
    if step["op"] == "validate":
        yield from _validated(context, file, step)
    if step["op"] not in {"add_foreign_key", "add_check"} or step["valid"] is False:
        return
    what = "a foreign key" if step["op"] == "add_foreign_key" else "a check"
    lock = "writes to both tables wait" if step["op"] == "add_foreign_key" else "reads and writes wait"
    message = f"{what} on {step['table']} is validated at once: the table is scanned while {lock}"
    fix = _VALID_FIX.get(file.tool, "")
    yield file.finding("constraint_not_valid", step, message, fix, f"{step['table']}.{step.get('name', '')}")


def _validated(context: Context, file: _File, step: Step) -> Iterator[Finding]:
    """VALIDATE in the transaction that adds the constraint: the lock of the ADD is kept through the scan, and NOT VALID was for nothing."""
    before = [s for s in file.steps if s["table"] == step["table"] and s["op"] in {"add_foreign_key", "add_check"} and s["valid"] is False]
    added = [s for s in before if s["line"] <= step["line"] and s.get("name", "") in {"", step.get("name", "")}]
    if not added or not file.facts["transaction"]:
        return
    waits = "writes to both tables" if added[-1]["op"] == "add_foreign_key" else f"reads and writes of {step['table']}"
    message = f"the constraint on {step['table']} is validated in the transaction that adds it: {waits} wait until the scan is over"
    doubt = "" if _in_transaction(context, file) else f"whether {file.tool} runs the file in one transaction"
    fix = "VALIDATE CONSTRAINT in a migration of its own"
    yield file.finding("constraint_not_valid", step, message, fix, f"{step['table']}.{step.get('name', '')}.validate", doubt)


_SETTINGS = re.compile(
    r"(?i)(^|/)(env\.py|[^/]*(database|settings|config|alembic|knexfile|ormconfig|data-?source|migrat|application)[^/]*"
    r"\.(py|ya?ml|[jt]s|json|toml|ini))$"
)


# what is dropped while the code names it


def _drops(context: Context, file: _File) -> Iterator[Finding]:
    for step in file.steps:
        verb = "renamed" if step["op"].startswith("rename") else "dropped"
        if step["op"] in {"drop_column", "rename_column"}:
            place = "" if _made_again(context, file, step) else _names.of_column(context, file.path, step["table"], step["column"])
            what = f"column {step['table']}.{step['column']}"
        elif step["op"] in {"drop_table", "rename_table"}:
            place = "" if _made_again(context, file, step) else _names.of_table(context, file.path, step["table"], file.tool)
            what = f"table {step['table']}"
        else:
            continue
        if place:
            message = f"{what} is {verb} while the code of the same release still names it ({place}): running code fails during the rollout"
            other = "" if file.tool == "django" else doubts.made_elsewhere(context, file.path, _root(file.path), step["table"])
            doubt = f"whether {place} means this table or the one of {other}" if other else ""
            fix = f"take it out of {place} first, and drop it in a later release"
            yield file.finding("drop_in_same_release", step, message, fix, what, doubt)


def _made_again(context: Context, file: _File, dropped: Step) -> bool:
    """Whether this migration, or a later one of the same folder, brings the name back."""
    table, column, folder = dropped["table"], dropped.get("column", ""), _root(file.path)
    for path, facts in _all(context).items():
        if _root(path) != folder or natural(path) < natural(file.path):
            continue
        for step in facts["steps"]:
            if step["op"] == "create_table" and step["table"] == table or step["op"] == "rename_table" and step.get("to") == table:
                return True
            if column and step["table"] == table and _added(step) in {column, f"{column}_id"}:
                return True
    return False


def _added(step: Step) -> str:
    """The column that a step adds."""
    return str(step["column"] if step["op"] == "add_column" else step["to"] if step["op"] == "rename_column" else "")


# data


def _backfill(context: Context, file: _File) -> Iterator[Finding]:
    for step in file.steps:
        if step["op"] == "update" and step["bulk"]:
            verb = "changes" if step["verb"] == "UPDATE" else "deletes"
            how = "a loop" if step.get("loop") else f"one {step['verb']}"
            message = f"{how} {verb} the rows of {step['table']} in the migration: their locks are held until it is committed"
            doubt = doubts.of_rows(context, file.path, step)
            yield file.finding("backfill_in_migration", step, message, subject=step["table"], doubt=doubt)


# the way down


def _way_down(context: Context, file: _File) -> Iterator[Finding]:
    lost = [step for step in file.steps if step["op"] == "irreversible"]
    state = _state(context, file.path, file.facts)
    if not lost and state not in {"missing", "empty"}:
        return
    done = [step for step in file.facts["steps"] if step.get("what") != "ADD VALUE"]  # PostgreSQL cannot take a value out of an enum
    if not done or _forward_only(context, file):
        return
    for step in lost:
        yield file.finding("missing_down", step, f"{step['what']} cannot be undone, and nothing says why", subject=step["what"])
    if state in {"missing", "empty"}:
        line = file.facts["down_line"] or 1
        message = "the way down does nothing" if state == "empty" else "there is no way down"
        doubt = "whether the rows that it changes need a way back" if all(step["op"] == "update" for step in done) else ""
        yield file.finding("missing_down", {"line": line, "end": line}, f"{message}, and nothing says why", subject="down", doubt=doubt)


def _state(context: Context, path: str, facts: "dict[str, Any]") -> str:
    """`facts` know one file; tools that keep the way down in a file of its own are asked here."""
    if facts["down"] != "none":
        return str(facts["down"])
    for ending, other in ((".up.sql", ".down.sql"), ("/up.sql", "/down.sql")):
        if path.endswith(ending):
            stem = path.removesuffix(ending)
            whole = re.sub(r"\.[a-z]\w*$", "", stem)  # one way down for the ways up of several databases
            down = next((d for d in (stem + other, whole + other) if context.repository.exists(d)), "")
            return statements.way_down(context.repository.read(down)) if down else "missing"
    return "none"


def _forward_only(context: Context, file: _File) -> bool:
    """Whether the project does without ways down: most of its other migrations of the tool have none."""
    if file.tool == "liquibase":
        others = [facts for path, facts in _all(context).items() if path != file.path and facts["tool"] == "liquibase" and facts["steps"]]
        lost = sum(1 for facts in others if facts["down"] == "missing" or any(step["op"] == "irreversible" for step in facts["steps"]))
        return lost >= 2 and not any(facts["down"] == "present" for facts in others)
    states = [_state(context, path, facts) for path, facts in _all(context).items() if path != file.path and facts["tool"] == file.tool]
    if file.tool in {"django", "rails", "ecto"}:
        others = [facts for path, facts in _all(context).items() if path != file.path and facts["tool"] == file.tool and facts["steps"]]
        lost = sum(1 for facts in others if any(step["op"] == "irreversible" for step in facts["steps"]))
        return lost >= 5 and lost * 2 >= len(others)
    without = sum(1 for state in states if state in {"missing", "empty"})
    return without >= 2 and without * 2 >= len(states)
