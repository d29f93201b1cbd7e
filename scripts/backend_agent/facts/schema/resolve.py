"""From the facts of single files to one schema per migration root: order the migrations, replay them, choose the best source."""

import re

from backend_agent.facts.schema import sql
from backend_agent.facts.schema.state import Operation, Schema, bare, covers
from backend_agent.model import Migration, Table, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

DIALECTS = [
    "postgresql",
    "postgres",
    "pgsql",
    "pg",
    "cockroach",
    "cockroachdb",
    "mysql",
    "mariadb",
    "sqlite3",
    "sqlite",
    "mssql",
    "sqlserver",
    "oracle",
    "h2",
]
"""Folders (or name parts) that hold one migration per database; the first present is read, the others are the same again."""

_ROOT = re.compile(r"^(?:.*?/)??(?:[\w.-]*(?:migrat|changelog|changes)[\w.-]*|db/scripts|versions|drizzle)(?=/)", re.IGNORECASE)
"""A path up to its outermost folder that is called like a place for migrations."""


BY_TEXT = {"prisma", "knex", "sequelize-cli", "diesel", "dbmate", "laravel", "doctrine-migrations"}
"""Tools that order their migrations by the text of the name; the others read the number at its beginning."""


class SchemaResult(NamedTuple):
    tables: "tuple[Table, ...]"
    migrations: "tuple[Migration, ...]"
    heads: "dict[str, tuple[str, ...]]"
    """Per migration root the migrations that nothing follows: more than one means that two branches were not merged."""
    unresolved: "tuple[Unresolved, ...]"
    declared: "tuple[Table, ...]" = ()
    """Classes of tables that neither a migration nor a dump makes: new ones without their migration, and abstract ones."""


def natural(path: str) -> "list[Any]":
    """Sort key: `10_x` after `9_x`; folders count as their names."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part.lower()) for part in re.split(r"(\d+)", path)]


def combine(repository: Repository, facts: "dict[str, Any]", models: "list[Table]", snapshots: bool = True) -> SchemaResult:
    documents = [model for model in models if model.orm == "mongoose"]
    models = [model for model in models if model.orm != "mongoose"]
    dumps: list[Table] = []
    if snapshots:
        for path in _one_per_dialect(sorted(path for path in facts if facts[path].get("snapshot"))):
            if not facts[path]["snapshot"].get("weak"):
                steps = [(path, facts[path]["snapshot"]["ops"]), *_newer(repository, path, facts)]
                dumps.extend(_replay(steps, facts[path]["snapshot"]["tool"]))
    replayed: list[list[Table]] = []
    migrations: list[Migration] = []
    heads: dict[str, tuple[str, ...]] = {}
    helpers = {name: ops for path in sorted(facts) for name, ops in facts[path].get("helpers", {}).items()}
    for (tool, root), paths in sorted(_groups(facts).items()):
        ordered = _ordered(paths, facts)
        steps = [(path, _called(facts[path]["migration"]["ops"], helpers)) for path in ordered]
        if tool == "django":
            from backend_agent.facts.schema import _django

            steps = _django.translate(repository, steps)
        shown = "sqlx" if tool in {"sql", "golang-migrate"} and _has_sqlx(repository, root) else tool
        made = _replay(steps, shown)
        if any(facts[path]["migration"].get("partial") for path in ordered):
            known = {model.table.lower() for model in models if model.columns}
            made = [table for table in made if table.table.lower() not in known]
        replayed.append(made)
        for path in ordered:
            entry = facts[path]["migration"]
            migrations.append(Migration(path, str(entry.get("id") or _id(path)), tuple(entry.get("parents") or ()), shown))
        heads[root] = _heads([facts[path]["migration"] for path in ordered], ordered)
    weak: list[Table] = []
    for path in _one_per_dialect(sorted(path for path in facts if facts[path].get("snapshot", {}).get("weak"))) if snapshots else []:
        weak.extend(_replay([(path, facts[path]["snapshot"]["ops"])], facts[path]["snapshot"]["tool"]))
    if not dumps and not any(replayed):
        files = [(path, facts[path]["dump"]["ops"]) for path in sorted(facts, key=natural) if "dump" in facts[path]]
        files.sort(key=lambda step: all(operation[0] != "create_table" for operation in step[1]))  # indexes after their tables
        scripts = _replay(files, "sql")
        if not weak and not any(model.columns for model in models):
            weak = scripts  # no migration, no dump, no model: the files that hold its tables are all there is
        elif snapshots and _made_by(scripts, models):
            dumps = scripts
    dumps, weak, *replayed = _one_of_each([dumps, weak, *replayed], models)
    tables = _merge(dumps, replayed, weak, models)
    if not (dumps or any(replayed) or models):
        tables = [*tables, *documents]  # a table that a program makes itself stands beside its documents
    tables = tables or documents  # beside a relational database, documents are another way to run it
    names = {table.table.lower(): table for table in tables}
    declared = [m for m in models if m.name and m.columns and _known(names, m.table) is None]
    return SchemaResult(_sorted(tables), tuple(migrations), heads, (), _sorted(declared))


def _made_by(scripts: "list[Table]", models: "list[Table]") -> bool:
    """Whether SQL files make the tables of nearly all models: then the database has the keys and indexes that they say."""
    names = {table.table.lower() for table in scripts}
    wanted = [model.table.lower() for model in models if model.columns]
    return len(wanted) >= 3 and sum(name in names for name in wanted) >= 0.8 * len(wanted)


def _sorted(tables: "list[Table]") -> "tuple[Table, ...]":
    return tuple(sorted(tables, key=lambda t: (t.file, t.line, t.table)))


def _has_sqlx(repository: Repository, root: str) -> bool:
    """Whether the nearest Cargo.toml above plain SQL migrations depends on sqlx: its files are named as those of other tools."""
    folder = root.rstrip("/")
    while True:
        folder = folder.rpartition("/")[0]
        manifest = f"{folder}/Cargo.toml" if folder else "Cargo.toml"
        if manifest in repository.paths:
            return bool(re.search(r"(?m)^\s*sqlx\b|dependencies\.sqlx\b", repository.read(manifest)))
        if not folder:
            return False


def _called(operations: "list[Operation]", helpers: "dict[str, list[Operation]]") -> "list[Operation]":
    """The operations with those of the functions of other files that a migration calls in the place of the call."""
    if not any(operation[0] == "call" for operation in operations):
        return operations
    return [op for operation in operations for op in (helpers.get(operation[1], []) if operation[0] == "call" else [operation])]


STAMP = re.compile(r"(?<!\d)20\d{12}(?!\d)")
"""A version of a migration as most tools write it: the second in which it was made."""


def _newer(repository: Repository, dump: str, facts: "dict[str, Any]") -> "list[tuple[str, list[Operation]]]":
    """The migrations beside a dump that it does not know: those it does not list, or that are younger than its one version."""
    text = repository.read(dump)
    listed = set(STAMP.findall(text[text.index("schema_migrations") :])) if "schema_migrations" in text else set()
    version = re.search(r"\bversion:\s*\"?([\d_]{14,})", text)
    last = version.group(1).replace("_", "") if version else ""
    if not listed and not last:
        return []
    folder = dump.rpartition("/")[0]
    below = [path for path in facts if facts[path].get("migration") and path.startswith(f"{folder}/" if folder else "")]
    made = {path: found.group() for path in below if (found := STAMP.search(path.rpartition("/")[2]))}
    later = [path for path, stamp in made.items() if (stamp not in listed if listed else stamp > last)]
    return [(path, facts[path]["migration"]["ops"]) for path in sorted(later, key=lambda p: made[p])]


def _groups(facts: "dict[str, Any]") -> "dict[tuple[str, str], list[str]]":
    groups: dict[tuple[str, str], list[str]] = {}
    for path, content in facts.items():
        entry = content.get("migration")
        if not entry:
            continue
        match = _ROOT.match(path)
        root = match.group() if match else path.rpartition("/")[0]
        groups.setdefault((entry["tool"], entry.get("root") or root), []).append(path)
    for tool, root in [key for key in groups if key[0] == "sql"]:
        if ("golang-migrate", root) in groups:  # a project that gave up its ways down on the way: one row of files
            groups["golang-migrate", root] += groups.pop((tool, root))
    return _joined({key: _one_dialect(paths) for key, paths in groups.items()}, facts)


def _joined(groups: "dict[tuple[str, str], list[str]]", facts: "dict[str, Any]") -> "dict[tuple[str, str], list[str]]":
    """TypeORM runs the migrations of all folders in one order: a folder that alters tables of another one belongs to it."""
    mine = sorted(key for key in groups if key[0] == "typeorm")
    for key in mine:
        made, changed = _touched(groups[key], facts)
        other = next((k for k in mine if k != key and k in groups and (changed - made) & _touched(groups[k], facts)[0]), None)
        if other is not None:
            groups[other] = [*groups[other], *groups.pop(key)]
    return groups


def _touched(paths: "list[str]", facts: "dict[str, Any]") -> "tuple[set[str], set[str]]":
    """Tables that migrations make, and those that they change."""
    operations = [op for path in paths for op in facts[path]["migration"]["ops"] if len(op) > 1 and isinstance(op[1], str)]
    return {bare(op[1]).lower() for op in operations if op[0] == "create_table"}, {
        bare(op[1]).lower() for op in operations if op[0] != "create_table"
    }


def _one_dialect(paths: "list[str]") -> "list[str]":
    present = {part for path in paths for part in _dialect_parts(path)}
    if len(present) < 2:
        return paths
    chosen = min(present, key=DIALECTS.index)
    return [path for path in paths if not (parts := _dialect_parts(path)) or chosen in parts]


def _one_per_dialect(paths: "list[str]") -> "list[str]":
    """Of files that differ in their path only by the database's name, one."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        parts = re.split(r"([/._-])", path.lower())
        groups.setdefault("".join("*" if part in DIALECTS else part for part in parts), []).append(path)
    return [path for group in groups.values() for path in (_one_dialect(group) if len(group) > 1 else group)]


def _dialect_parts(path: str) -> "set[str]":
    return {part for part in re.split(r"[/._-]", path.lower()) if part in DIALECTS}


def _ordered(paths: "list[str]", facts: "dict[str, Any]") -> "list[str]":
    """By the chain of parents where the tool keeps one, else by name as the tools do."""
    if facts[paths[0]]["migration"]["tool"] == "typeorm":
        return sorted(paths, key=lambda p: natural(p.rpartition("/")[2]))
    by_text = facts[paths[0]]["migration"]["tool"] in BY_TEXT
    paths = sorted(paths, key=lambda p: [_text_order(p)] if by_text else natural(facts[p]["migration"].get("order") or p))
    if any(facts[path]["migration"].get("includes") for path in paths):
        return _by_includes(paths, facts)
    by_id = {facts[path]["migration"].get("id"): path for path in paths}
    if not any(facts[path]["migration"].get("parents") for path in paths):
        return paths
    done: dict[str, None] = {}
    for start in paths:
        stack = [start]
        while stack:
            path = stack[-1]
            waiting = [by_id[p] for p in facts[path]["migration"].get("parents") or () if p in by_id and by_id[p] not in done]
            waiting = [p for p in waiting if p not in stack]
            if waiting:
                stack.extend(waiting)
                continue
            done[stack.pop()] = None
    return list(done)


def _text_order(path: str) -> str:
    """Diesel compares versions without their hyphens, `2017-09-23-1824` after `201409240000`; the other tools write none there."""
    return re.sub(r"(?<=\d)-(?=\d)", "", path) if path.endswith("/up.sql") else path


def _by_includes(paths: "list[str]", facts: "dict[str, Any]") -> "list[str]":
    """A changelog that lists others: each after those that it names, in the order in which it names them."""
    done: dict[str, None] = {}

    def visit(path: str, above: "tuple[str, ...]") -> None:
        if path in done or path in above:
            return
        for wanted in facts[path]["migration"].get("includes") or ():
            for other in paths:
                folder = wanted.endswith("/")
                if (f"/{other}".find(f"/{wanted}") >= 0) if folder else f"/{other}".endswith(f"/{wanted}"):
                    visit(other, (*above, path))
        done[path] = None

    listed = {wanted for path in paths for wanted in facts[path]["migration"].get("includes") or ()}
    roots = [path for path in paths if not any(f"/{path}".endswith(f"/{wanted}") for wanted in listed)]
    for path in sorted(roots, key=lambda p: not facts[p]["migration"].get("includes")) + paths:
        visit(path, ())
    return list(done)


def _heads(entries: "list[dict[str, Any]]", paths: "list[str]") -> "tuple[str, ...]":
    if any(entry.get("parents") for entry in entries):
        parents = {parent for entry in entries for parent in entry.get("parents") or ()}
        return tuple(sorted(str(entry["id"]) for entry in entries if entry.get("id") and entry["id"] not in parents))
    return (_id(paths[-1]),) if paths else ()


def _id(path: str) -> str:
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    return folder.rpartition("/")[2] if stem in {"migration", "up"} else stem


def _replay(steps: "list[tuple[str, list[Operation]]]", tool: str) -> "list[Table]":
    schema = Schema(tool)
    for path, operations in steps:
        schema.apply(operations, path)
        if path.endswith(".sql") and not schema.auto_fk_index and any(o[0] == "mysql" for o in operations):
            schema.auto_fk_index = True
    return schema.tables()


def _one_of_each(sources: "list[list[Table]]", models: "list[Table]") -> "list[list[Table]]":
    """Without the tables of ClickHouse that are copies of those of the relational database, by their name."""
    if not any(table.orm == "clickhouse" for source in sources for table in source):
        return sources
    names = {_tail(table) for source in [*sources, models] for table in source if table.orm != "clickhouse"}
    return [[table for table in source if table.orm != "clickhouse" or _tail(table) not in names] for source in sources]


def _tail(table: Table) -> str:
    return bare(table.table).lower().rpartition(".")[2]


def _merge(dumps: "list[Table]", replayed: "list[list[Table]]", weak: "list[Table]", models: "list[Table]") -> "list[Table]":
    tables: dict[str, Table] = {table.table.lower(): table for table in dumps}
    for sources, base in ((replayed, dict(tables)), ([weak], tables)):  # `tables` holds the replayed ones by then
        for source in sources:
            covered = sum(1 for table in source if _known(base, table.table) is not None)
            if covered and 2 * covered >= len(source):
                continue  # what is known is the newer state of the same database: a table that it lacks was dropped
            for table in source:
                known = tables.get(table.table.lower())
                if known is None or (len(known.columns) < len(table.columns) and _known(base, table.table) is None):
                    tables[table.table.lower()] = table
    fill = _models_add_tables(tables, models)
    for table in models:
        known = _known(tables, table.table)
        if known is not None:
            tables[known.table.lower()] = _with_model(known, table)
        elif fill and table.columns:
            tables[table.table.lower()] = table
    return list(tables.values())


def _known(tables: "dict[str, Table]", name: str) -> "Table | None":
    low = bare(name).lower()
    found = tables.get(low)
    if found is None:
        tail = low.rpartition(".")[2]
        found = tables.get(tail) or next((t for key, t in tables.items() if key.rpartition(".")[2] == tail), None)
    return found


def _models_add_tables(tables: "dict[str, Table]", models: "list[Table]") -> bool:
    """Models may add tables where the migrations begin in the middle; where they know nearly all, the rest are abstract."""
    declared = [table for table in models if table.columns]
    known = sum(1 for table in declared if _known(tables, table.table) is not None)
    return not tables or not declared or known < 0.8 * len(declared)


def _with_model(table: Table, model: Table) -> Table:
    """The database's word on columns and keys, the model's class and place, and the associations that only the code knows."""
    have = {(frozenset(c.lower() for c in fk.columns), bare(fk.references).lower()) for fk in table.foreign_keys}
    columns = {column.name.lower() for column in table.columns}
    extra = [
        fk._replace(enforced=False)
        for fk in model.foreign_keys
        if (frozenset(c.lower() for c in fk.columns), bare(fk.references).lower()) not in have
        and all(c.lower() in columns for c in fk.columns)
        and not any({c.lower() for c in fk.columns} == set(key[0]) for key in have)
    ]
    return table._replace(
        name=table.name or model.name,
        file=model.file if model.name else table.file,
        line=model.line if model.name else table.line,
        foreign_keys=table.foreign_keys + tuple(extra),
    )


def indexed(table: Table, columns: "tuple[str, ...]") -> bool:
    """Whether some index, unique constraint or the primary key begins with these columns."""
    return covers([table.primary_key, *table.unique, *table.indexes], columns)


__all__ = ["SchemaResult", "combine", "indexed", "natural", "sql"]
