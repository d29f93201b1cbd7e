"""Questions to the schema: foreign keys without an index, chains of migrations that end twice."""

import re
from collections.abc import Iterable

from backend_agent.checks import _database
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import migrations, schema
from backend_agent.facts.schema.resolve import indexed
from backend_agent.facts.source import kind_of
from backend_agent.model import Backend, ForeignKey, Migration, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHECKS = (
    Check(
        "fk_without_index",
        "DB-5",
        "Every enforced foreign key has an index that begins with its columns",
        severity="warning",
        category="fk_without_index",
        why="Deleting or changing a referenced row, and every join from that side, reads the whole table.",
        fix="add an index that begins with the columns of the key",
        sees="enforced keys of dumps, migrations and models, outside MySQL, MariaDB and H2, which index them by themselves",
        misses="indexes that are made outside the repository, and keys of a database that cannot be told",
    ),
    Check(
        "several_heads",
        "MIG-8",
        "The migrations of Alembic and of each Django app end in one",
        category="several_heads",
        languages=("python",),
        why="The tool refuses to upgrade, or takes one branch only, when two migrations follow the same one.",
        fix="merge the heads, or let one follow the other",
        sees="Alembic revisions of one folder and Django migrations of one app",
        misses="branches with labels or several version locations, which are meant to have a head each",
    ),
)
FK, HEADS = CHECKS


def applies(context: Context) -> bool:
    """Whether a file in scope says anything of a schema: without one the whole model need not be made."""
    return bool(context.facts(schema))


def run(context: Context) -> Iterable[Finding]:
    """Foreign keys first, then heads; per service of the model."""
    for backend in context.backends:
        for table in backend.tables:
            if not _database.is_test(table.file):
                yield from _keys(context, table, backend)
        yield from _alembic(context, backend)
        yield from _django(context, backend)


# foreign keys


def _keys(context: Context, table: Table, backend: Backend) -> Iterable[Finding]:
    bare = [key for key in table.foreign_keys if key.enforced and key.columns and not indexed(table, key.columns)]
    bare = [key for key in bare if len(key.columns) == 1 or not _narrows(table, key)]
    bare = [key for key in bare if not _written(context, table.table, key.columns[0])]
    if not bare:
        return
    stores = _database.of(context, table.file)
    if not stores:
        context.unchecked(FK.id, f"{table.file}: the database cannot be told, and MySQL indexes foreign keys by itself")
        return
    if stores == {"h2"}:
        return  # it makes an index on the referencing columns with the constraint (h2database.com, SQL grammar, referential constraint)
    if stores & _database.MYSQL:
        if stores - _database.MYSQL - {"sqlite", "h2"}:
            context.unchecked(FK.id, f"{table.file}: {', '.join(sorted(stores))} are in use, and MySQL indexes foreign keys by itself")
        return
    doubt = _doubt(context, backend, table) or _way_of(context, backend)
    for key in bare:
        file, line = _place(context, table, key)
        columns = ", ".join(key.columns)
        message = (
            f"foreign key {table.table}({columns}) -> {key.references} has no index: deleting a row of {key.references}, "
            f"or a join from it, reads all of {table.table}"
        )
        yield Finding(
            FK.id,
            FK.item,
            FK.severity,
            file,
            line,
            line,
            message,
            _fix(table, key, backend),
            FK.category,
            f"{table.table}.{columns}",
            doubt=doubt or _listed(backend, key),
        )


def _listed(backend: Backend, key: ForeignKey) -> str:
    """The doubt about a key to a table that only lists the values which a column may have: its rows are not deleted, nor joined from."""
    if _KINDS.search(key.references):
        return f"whether a row of {key.references} is ever deleted: it lists kinds of things"
    table = next((one for one in backend.tables if _tail(one.table) == _tail(key.references)), None)
    if table is None or table.foreign_keys or len(table.columns) > _COLUMNS_OF_A_LIST or len(table.primary_key) != 1:
        return ""
    own = next((column for column in table.columns if column.name == table.primary_key[0]), None)
    if own is None or not _TEXT.search(own.type):
        return ""
    return f"whether rows of {key.references} are ever deleted: it lists the values that the column may have"


_COLUMNS_OF_A_LIST = 2
"""The value, and perhaps how it is called or sorted."""
_TEXT = re.compile(r"(?i)char|text|str|enum")
_KINDS = re.compile(
    r"(?i)(?:^|_|[a-z](?=[A-Z]))(?:types?|kinds?|status(?:es)?|reasons?|countr(?:y|ies)|currenc(?:y|ies)|languages?|regions?|areas?|genders?|characteristics?|lookups?)$"
)


_PROJECTS_WAY = 20
"""So many keys, and most of them without an index, are a project's way."""
_BY_CONVENTION = re.compile(r"Conventions\s*\.\s*Remove(?:<\s*ForeignKeyIndexConvention\s*>|\(\s*typeof\(\s*ForeignKeyIndexConvention)")


def _way_of(context: Context, backend: Backend) -> str:
    """Whether a project chooses by hand which of its keys get an index: by what it says, or by what most of them have."""
    kept: dict[int, str] = context.__dict__.setdefault("_ways_of_keys", {})
    if id(backend) not in kept:
        kept[id(backend)] = _chosen(context, backend)
    return kept[id(backend)]


def _chosen(context: Context, backend: Backend) -> str:
    for path in context.repository.paths if any(kind_of(table.file) == "csharp" for table in backend.tables) else ():
        if path.endswith(".cs") and _BY_CONVENTION.search(context.repository.read(path)):
            return f"whether it is left out on purpose: {path} takes out the convention that makes an index for each key"
    keys = [indexed(table, key.columns) for table in backend.tables for key in table.foreign_keys if key.enforced and key.columns]
    bare = keys.count(False)
    if len(keys) < _PROJECTS_WAY or bare * 2 <= len(keys):
        return ""
    return f"whether it is left out on purpose: {bare} of {len(keys)} keys have no index, the project's way"


def _doubt(context: Context, backend: Backend, table: Table) -> str:
    """What would make a key without an index fine and could not be seen."""
    if not _made(context, backend, table):
        return "whether a migration that is not read here makes the index"
    modelled = sum(1 for one in backend.tables if one.name)
    if not table.name and table.file in context.facts(migrations, scope_only=False) and modelled >= 0.8 * len(backend.tables):
        return f"whether {table.table} is still in use: no model stands for it, as one does for {modelled} of {len(backend.tables)} tables"
    return ""


def _made(context: Context, backend: Backend, table: Table) -> bool:
    """Whether all that makes a table is read: where a project has migrations and none of them makes it, another file may."""
    if not backend.migrations or table.orm in _SELF_MADE:
        return True
    kept: set[str] | None = getattr(context, "_made_tables", None)
    if kept is None:
        facts = context.facts(schema, scope_only=False).values()
        operations = [op for entry in facts for part in _PARTS for op in _operations(entry.get(part))]
        kept = {_tail(op[1]) for op in operations if op[0] == "create_table"}
        kept |= {_tail(op[2]) for op in operations if op[0] == "rename_table"}
        context._made_tables = kept  # type: ignore[attr-defined]
    return _tail(table.table) in kept


_PARTS = ("migration", "snapshot", "dump", "helpers")
_SELF_MADE = frozenset({"django"})
"""Frameworks whose models and migrations call a table by other names; they index keys by themselves, so that what has none says so."""


def _operations(part: "Any") -> "list[Any]":
    found = part.get("ops", []) if isinstance(part, dict) and "ops" in part else []
    if isinstance(part, dict) and not found:  # functions that migrations call, by their names
        found = [op for ops in part.values() if isinstance(ops, list) for op in ops]
    return [op for op in found if isinstance(op, list) and len(op) > 2 and all(isinstance(text, str) for text in op[:2])]


def _tail(name: object) -> str:
    return str(name).rpartition(".")[2].strip("\"'`[]").lower()


def _place(context: Context, table: Table, key: ForeignKey) -> "tuple[str, int]":
    """Where the column of a key is written: in the migration that adds it later, where the table is known from migrations."""
    steps = context.facts(migrations, scope_only=False)
    if table.file in steps:
        wanted = (_tail(table.table), key.columns[0].lower())
        for path, facts in sorted(steps.items(), reverse=True):
            for step in facts["steps"]:
                if step["op"] == "add_column" and (_tail(step["table"]), step["column"]) == wanted:
                    return path, step["line"]
    return table.file, _line(context, table, key)


def _narrows(table: Table, key: ForeignKey) -> bool:
    """Whether an index begins with one column of a key of several, which leaves few rows to look at."""
    return any(indexed(table, (column,)) for column in key.columns if column != "tenant_id")


def _written(context: Context, table: str, column: str) -> bool:
    """Whether some text makes an index on the column that the model leaves out: a partial one, or one in SQL within code."""
    kept: list[tuple[str, str]] | None = getattr(context, "_index_texts", None)
    if kept is None:
        paths = [p for p, facts in context.facts(schema, scope_only=False).items() if {"migration", "snapshot", "dump"} & set(facts)]
        paths += [p for p in context.repository.paths if "migrat" in p.lower() and kind_of(p) and p not in paths]
        kept = [(text, low) for p in paths if "index" in (low := (text := context.repository.read(p)).lower())]
        context._index_texts = kept  # type: ignore[attr-defined]
    plain, column = table.rpartition(".")[2].lower(), column.lower()
    name = re.escape(plain)
    quote = "[\\\\'\"`]*"
    wanted = re.compile(
        rf"(?is)\bon\s*\(?\s*{quote}(?:\w+{quote}\.{quote})?{name}{quote}\s*\)?(?:(?!;|\n\s*\n).){{0,120}}?[(\[]\s*{quote}{re.escape(column)}\b"
        rf"|(?<!drop_if_exists\()(?<!drop )(?<!drop\()\bindex\(\s*[:\"]{name}\"?,\s*\[\s*:{re.escape(column)}\b"
        r"[^\]]*(?:\"|\b(?:a|de)sc\w*:)"
        rf"|\b(?:add_?index|create_?index)[ (]+[:\"'`]{name}[\"'`]?,\s*\[?\s*[:\"'`]{re.escape(column)}\b"
        rf"|\baddindex\(\s*[\"'`]{name}[\"'`],\s*\{{[^}}]*?\bfields\s*:\s*\[\s*[\"'`]{re.escape(column)}\b"
    )
    return any(plain in low and column in low and _near(wanted, text, low, plain) for text, low in kept)


_BEFORE, _AFTER = 200, 400
"""Characters around a table's name in which a statement that makes an index stands."""


def _near(wanted: "re.Pattern[str]", text: str, low: str, name: str) -> bool:
    """Whether a pattern finds something around one of the places where a name stands: a dump is long, and names are few."""
    if len(low) != len(text):  # a letter whose lower case is two
        return wanted.search(text) is not None
    at = low.find(name)
    while at >= 0:
        start, end = max(at - _BEFORE, 0), at + len(name) + _AFTER
        at = low.find(name, at + len(name))
        while 0 <= at < end - _AFTER + _BEFORE:  # the next place is so near that one search serves both
            end = at + len(name) + _AFTER
            at = low.find(name, at + len(name))
        if wanted.search(text, start, end):
            return True
    return False


def _line(context: Context, table: Table, key: ForeignKey) -> int:
    """The line that names the column, at or after the table's; the table's where none does."""
    lines = context.repository.lines(table.file)
    name = key.columns[0]
    plain = name.replace("_", "").lower()
    stem = re.sub(r"(_id|Id|ID)$", "", name)
    for number, text in enumerate(lines[max(table.line - 1, 0) : table.line + 300], max(table.line, 1)):
        if re.search(rf"\b{re.escape(name)}\b", text) or (number > table.line and plain and plain in text.replace("_", "").lower()):
            return number
        if number > table.line and stem and re.search(rf"\b{re.escape(stem)}\s*:|\bbelongs_to\(? ?:{re.escape(stem)}\b", text):
            return number
    return max(table.line, 1)


_FIXES = {
    "python": 'add index=True to the column, or Index("ix_{table}_{name}", "{columns}"), and a migration that builds it concurrently',
    "prisma": "add @@index([{columns}]) to the model",
    "typescript": "add an index on {columns} (@Index() or index().on()) and a migration that builds it concurrently",
    "ruby": "add_index :{table}, :{columns}, algorithm: :concurrently in a migration with disable_ddl_transaction!",
    "php": "$table->index('{columns}') in a new migration",
    "elixir": "create index(:{table}, [:{columns}], concurrently: true) in a new migration",
    "java": '@Table(indexes = @Index(columnList = "{columns}")) and a migration that builds it',
    "csharp": "HasIndex on {columns} and a migration that builds it",
}


def _fix(table: Table, key: ForeignKey, backend: Backend) -> str:
    """In the words of the file's language, with a table of the project that does it right where there is one."""
    columns = ", ".join(key.columns)
    plain = "CREATE INDEX CONCURRENTLY ON {table} ({columns})" if backend else ""
    text = _FIXES.get(kind_of(table.file) or "", plain).format(table=table.table, columns=columns, name="_".join(key.columns))
    for other in backend.tables:
        if other is table or kind_of(other.file) != kind_of(table.file):
            continue
        good = next((k for k in other.foreign_keys if k.enforced and k.columns in other.indexes), None)
        if good is not None:
            return f"{text}, as {other.table}({', '.join(good.columns)}) has one ({other.file}:{other.line})"
    return text


# heads


def _alembic(context: Context, backend: Backend) -> Iterable[Finding]:
    ours = [m for m in backend.migrations if m.tool == "alembic"]
    everything = {m.file: context.repository.read(m.file) for m in ours}
    for folder in sorted({m.file.rpartition("/")[0] for m in ours}):
        inside = [m for m in ours if m.file.rpartition("/")[0] == folder]
        texts = {m.file: everything[m.file] for m in inside}
        # a folder for each year: what follows may lie in another one
        heads = [m for m in inside if m.id and not any(m.id in everything[o.file] for o in ours if o is not m)]
        roots = all(re.search(r"(?m)^down_revision\b[^=\n]*=\s*None\b", text) for text in texts.values())
        read = roots or any(m.parents for m in inside)
        if len(heads) < 2 or not read or _database.is_test(folder + "/x"):
            continue
        if any(re.search(r"(?m)^branch_labels\b[^=\n]*=\s*[^N\s]", text) for text in texts.values()):
            context.unchecked(HEADS.id, f"{folder}: the branches have labels, each may have a head of its own")
            continue
        yield from _heads(heads, "alembic merge heads", folder)


def _django(context: Context, backend: Backend) -> Iterable[Finding]:
    apps: dict[str, list[Migration]] = {}
    for migration in backend.migrations:
        if migration.tool == "django" and not _database.is_test(migration.file):
            apps.setdefault(migration.file.rpartition("/")[0], []).append(migration)
    labels = {m.id.partition(".")[0] for inside in apps.values() for m in inside}
    for folder, inside in sorted(apps.items()):
        parents = {parent for m in inside for parent in m.parents}
        gone: set[str] = set()
        own = {m.id.partition(".")[2]: m.id for m in inside}
        named = (parent.partition(".") for parent in set(parents))
        parents |= {own[name] for label, _dot, name in named if name in own and label not in labels}  # the app has a label of its own
        for migration in inside:
            replaced = _replaces(context.repository.read(migration.file), migration.id.partition(".")[0])
            gone |= replaced
            if replaced & parents:
                parents.add(migration.id)
        heads = [m for m in inside if m.id not in parents and m.id not in gone]
        first = [m for m in inside if not m.parents]
        if len(heads) > 1 and len(first) <= len(inside) - 2:
            yield from _heads(heads, "python manage.py makemigrations --merge", folder)


def _replaces(text: str, app: str) -> "set[str]":
    match = re.search(r"(?ms)^\s*replaces\s*=\s*\[(.*?)\]", text)
    return {f"{app}.{name}" for name in re.findall(r"""["']\w+["']\s*,\s*["'](\w+)["']""", match.group(1))} if match else set()


_HEADS = 3
"""More heads than two branches and their common one come from a chain that is not read whole."""


def _heads(heads: "list[Migration]", command: str, folder: str) -> Iterable[Finding]:
    """One finding per head, so that the one which the change brings is among them."""
    doubt = "" if len(heads) <= _HEADS else f"whether all of {folder} is read: a project with {len(heads)} heads could not upgrade"
    for migration in heads:
        others = ", ".join(m.file.rpartition("/")[2] for m in heads if m is not migration)
        message = f"{migration.id} is one of {len(heads)} heads of {folder} (others: {others}): upgrading to the head fails"
        fix = f"{command}, or let one of them follow the other"
        place = (migration.file, 1, 1_000_000)
        yield Finding(HEADS.id, HEADS.item, HEADS.severity, *place, message, fix, HEADS.category, migration.id, doubt=doubt)
