"""Where the code still names a column or a table: in a model, in SQL, in a query that a builder makes."""

import re
from collections.abc import Iterator

from backend_agent.checks import _database
from backend_agent.checks.run import Context
from backend_agent.facts import migrations, schema
from backend_agent.facts.source import kind_of, language_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

_COMMON = frozenset({"name", "type"})
"""Columns that too much else is called like."""


def of_column(context: Context, migration: str, table: str, column: str) -> str:
    """The place that still names a column, as path:line; "" for none."""
    if not column or column == "id":
        return ""
    tables = [one for one in _mapped(context) if table in {one.table.lower(), one.name.lower()}]
    tables = [one for one in tables if not _of_another(context, one.file, migration)]
    if len({one.file for one in tables if not one.file.endswith(".rs")}) > 1:
        return ""
    place = next((found for one in tables if (found := _declared(context, one, column))), "")
    if place or column in _COMMON:
        return place
    return _in_model(context, table, column) or _queried(context, migration, table, column)


_MODIFIERS = "public|private|protected|internal|readonly|required|virtual|override|static|final|pub|val|var|declare"


class _Mapped(NamedTuple):
    """A class or a declaration in code that stands for a table."""

    table: str
    name: str
    file: str
    line: int


def _mapped(context: Context) -> "list[_Mapped]":
    """What the code maps to tables, also where the migrations have dropped the table by now."""
    kept: list[_Mapped] | None = getattr(context, "_mapped", None)
    if kept is not None:
        return kept
    known = [t for b in context.backends for t in b.tables if t.name or t.orm == "diesel"]
    found: dict[tuple[str, str], _Mapped] = {}
    for t in known:  # EF knows a table by the set of its context, and its columns by the class
        place = (_class_at(context, t.file, t.name) if t.orm == "efcore" else None) or (t.file, t.line)
        found[place[0], t.name or t.table] = _Mapped(t.table, t.name, *place)
    for path, facts in sorted(context.facts(schema, scope_only=False).items()):
        for model in facts.get("models", ()):
            name = str(model.get("class", ""))
            found.setdefault((path, name), _Mapped(str(model.get("table", "")), name, path, int(model.get("line", 1))))
        for name, table, _line in facts.get("sets", ()):
            at = _class_at(context, path, name)
            if at and not any(one.name == name for one in found.values()):
                found[at[0], name] = _Mapped(table, name, *at)
    kept = [one for one in found.values() if kind_of(one.file) not in {None, "sql", "yaml", "xml"}]
    kept = [one for one in kept if "migrat" not in one.file.lower() and not one.file.endswith("schema.rb")]
    context._mapped = kept  # type: ignore[attr-defined]
    return kept


def _class_at(context: Context, near: str, name: str) -> "tuple[str, int] | None":
    """Where a class of C# is declared: in a file called like it, or in one of the same folder."""
    folder = near.rpartition("/")[0]
    for path in context.repository.paths:
        if path.endswith(".cs") and (path.rpartition("/")[2] == f"{name}.cs" or path.rpartition("/")[0] == folder):
            text = context.repository.read(path)
            if match := re.search(rf"\b(?:class|record)\s+{re.escape(name)}\b", text):
                return path, text.count("\n", 0, match.start()) + 1
    return None


_TYPES = frozenset(
    {"varchar", "character", "text", "char", "citext", "int", "integer", "bigint", "smallint", "tinyint", "numeric", "decimal"}
)
_TYPES |= {"float", "double", "real", "boolean", "bool", "bit", "date", "time", "timestamp", "timestamptz", "datetime", "json", "jsonb"}
_TYPES |= {"uuid", "enum", "bytea", "blob", "binary", "inet", "interval"}
"""What TypeORM may be told of a column as its first argument."""


def _declared(context: Context, table: _Mapped, column: str) -> str:
    """Where the model's class still declares a column."""
    camel = re.sub(r"_(\w)", lambda match: match.group(1).upper(), column)
    names = f"(?i:{'|'.join(sorted({re.escape(column), re.escape(camel)}))})"
    member = re.compile(
        rf"\s*(?:(?:{_MODIFIERS})\s+)*(?:[\w<>?]+\s+)?{names}\s*[!?]?\s*(?:[:=;{{](?!:)|->)|\s*field\W+{names}\b"
        + (rf"|\s*{names}\s+\w" if table.file.endswith(".prisma") else "")
    )
    named = re.compile(rf"""(?:name\s*[:=]\s*|Column\(\s*|column:|HasColumnName\(\s*)["']?(?i:{re.escape(column)})\b""")
    lines = context.repository.lines(table.file)
    indent = -1
    for number, text in enumerate(lines[table.line : table.line + 300], table.line + 1):
        opens = table.file.endswith(".rs") and indent < 0 and text.rstrip().endswith("{")
        if not text.strip() or text.strip() == "{" or opens:
            continue
        own = len(text) - len(text.lstrip())
        indent = own if indent < 0 else indent
        if own < indent:
            break
        other = re.search(r"""(?:[cC]olumn\(\s*|\bname\s*[:=]\s*|source:\s*:?)["']?(\w+)""", _whole(lines, number))
        named_else = other is not None and other.group(1).lower() not in {column, *_TYPES}  # `@Column('varchar')` names a type
        elsewhere = other is not None and named_else and re.search(r"""["']""", other.group())
        if own == indent and not elsewhere and (member.match(text) or named.search(text)):
            return f"{table.file}:{number}"
    return ""


def _whole(lines: "list[str]", number: int) -> str:
    """A member with the lines below that its brackets keep, and with the decorators above."""
    above = number - 1
    while above > 0 and re.match(r"\s*[@\[]", lines[above - 1]):
        above -= 1
    text, below = lines[number - 1], number
    while below < min(len(lines), number + 6) and text.count("(") > text.count(")"):
        text += " " + lines[below]
        below += 1
    return " ".join([*lines[above : number - 1], text])


# models that do not declare their columns


_RAILS = r"^\s*(?:validates?\w*|enum|attribute|serialize|normalizes|encrypts|store_accessor|has_rich_text|scope)\b.*"
_LARAVEL = r"\$?(?:fillable|casts|dates|appends)\b[^;]*?"
"""What is hidden or guarded may be missing: nothing reads or writes it by that list."""


def _in_model(context: Context, table: str, column: str) -> str:
    """Active Record's and Eloquent's classes know their columns from the database, and name them in their rules."""
    for path in context.repository.paths:
        rails = path.startswith("app/models/") or "/app/models/" in path
        if not (path.endswith(".rb") if rails else path.endswith(".php")) or _database.is_test(path) or "migrat" in path.lower():
            continue
        text = context.repository.read(path)
        if column not in text or not _maps(text, path, table):
            continue
        if rails and not re.search(rf"ignored_columns\b.*\b{re.escape(column)}\b", text):
            match = re.search(rf"(?m){_RAILS}:{re.escape(column)}\b", text)
        elif not rails and re.search(r"\bextends\s+(?:Model|Authenticatable|Pivot)\b", text):
            match = re.search(rf"{_LARAVEL}(?P<at>['\"]{re.escape(column)}['\"])", text)
        else:
            continue
        if match:
            return f"{path}:{text.count(chr(10), 0, match.end()) + 1}"
    return ""


def _maps(text: str, path: str, table: str) -> bool:
    """Whether a model class stands for a table: it says so, or is called like it."""
    said = re.search(r"""(?:self\.table_name\s*=\s*|\$table\s*=\s*)["'](?:\w+\.)?(\w+)["']""", text)
    if said:
        return said.group(1).lower() == table
    name = path.rpartition("/")[2].partition(".")[0]
    return plain(name) == plain(table)


def plain(name: str) -> str:
    """A table and the class that stands for it, by one name: `order_lines` and `OrderLine`."""
    low = name.rpartition(".")[2].rpartition("::")[2].lower().replace("_", "")
    return re.sub(r"ie$", "y", re.sub(r"s$", "", re.sub(r"(ss|x|ch|sh)es$", r"\1", low)))


# queries


_LITERAL = re.compile(r'"""(?:.*?)"""|`[^`]*`|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.DOTALL)
_TABLES = re.compile(r'(?i)\b(?:FROM|INTO|UPDATE|JOIN)\s+(?:ONLY\s+)?["`\[]?(?:\w+["`]?\.["`]?)?(\w+)')
_BUILDER = r"""(?:\b(?:knex|db|trx)|\bDB::table|\bfrom\(?\s*\w+\s+in)\(?\s*["'`]{table}["'`]"""


def _queried(context: Context, migration: str, table: str, column: str) -> str:
    """Where a query of this table alone still names a column."""
    if len(column) < 4:
        return ""
    word = re.compile(rf"(?i)(?<![\w.]){re.escape(column)}\b|\b{re.escape(table)}[\"`]?\.[\"`]?{re.escape(column)}\b")
    quoted = re.compile(rf"""["'`](?:{re.escape(table)}\.)?{re.escape(column)}["'`]|\b{re.escape(column)}:""")
    for path, text in _code(context, migration, table):
        if column not in text.lower():
            continue
        for match in _LITERAL.finditer(text):
            tables = {name.lower() for name in _TABLES.findall(match.group())}
            if tables == {table} and (used := word.search(match.group())):
                return f"{path}:{text.count(chr(10), 0, match.start() + used.start()) + 1}"
        for match in re.finditer(_BUILDER.format(table=re.escape(table)), text):
            end = re.search(r";|\n\s*\n", text[match.end() :])
            used = quoted.search(text, match.end(), match.end() + (end.start() if end else 400))
            if used:
                return f"{path}:{text.count(chr(10), 0, used.start()) + 1}"
    return ""


def _code(context: Context, migration: str, table: str) -> "Iterator[tuple[str, str]]":
    """Code that speaks of a table to the database of a migration: no tests, no migrations."""
    known = context.facts(migrations, scope_only=False)
    for path in context.repository.paths:
        if language_of(path) is None or path in known or "migrat" in path.lower() or _database.is_test(path):
            continue
        if _of_another(context, path, migration):
            continue
        text = context.repository.read(path).partition("#[cfg(test)]")[0]
        if table in text.lower():
            yield path, text


def of_table(context: Context, migration: str, table: str, tool: str) -> str:
    """The place that still names a table."""
    for one in _mapped(context):
        if table != (one.name if tool == "django" else one.table).lower() or _database.is_test(one.file):
            continue
        if _of_another(context, one.file, migration):
            continue
        if tool != "django" or one.file.startswith(migration.partition("migrations/")[0]):
            return f"{one.file}:{one.line}"
    if len(table) < 4 or tool == "django":
        return ""
    name = f"(?i:{re.escape(table)})"
    pattern = re.compile(
        rf"""(?:__tablename__\s*=\s*|@Table\(\s*(?:name\s*=\s*)?|self\.table_name\s*=\s*|protected \$table\s*=\s*|\bpgTable\(\s*"""
        rf"""|@Entity\(\s*(?:\{{\s*name:\s*)?|\bDB::table\(\s*|\bknex\(\s*|^\s*schema\s+|\[Table\(\s*|\bToTable\(\s*)["'`]{name}["'`]"""
        rf"""|["'`][^"'`\n]*\b(?:FROM|INTO|UPDATE|JOIN)\s+\\?["`]?{name}\b(?!\.)|`[^`]*\b(?:FROM|INTO|UPDATE|JOIN)\s+"?{name}\b(?!\.)"""
        rf"""|\btable!\s*\{{\s*(?:\w+\.)?{name}\s*\(""",
        re.MULTILINE,
    )
    for path, text in _code(context, migration, table):
        if match := pattern.search(text):
            return f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
    return ""


_STORES = re.compile(r"(?i)(?<![a-z])(postgres|pg|psql|mysql|mariadb|sqlite|spanner|mssql|sqlserver|oracle|clickhouse|mongo)")


def _stores_of(path: str) -> "frozenset[str]":
    """The databases that a path names."""
    return frozenset(_SAME.get(name.lower(), name.lower()) for name in _STORES.findall(path))


_SAME = {"pg": "postgres", "psql": "postgres", "mariadb": "mysql"}
_PROVIDER = re.compile(r"""(?m)^\s*provider\s*=\s*["'](\w+)["']""")


def _of_another(context: Context, path: str, migration: str) -> bool:
    """Whether a file speaks to another database than a migration: by their paths, or by what a Prisma schema says."""
    stores = _stores_of(path)
    if path.endswith(".prisma"):
        stores = _stores_of(" ".join(_PROVIDER.findall(context.repository.read(path)))) or stores
    wanted = _stores_of(migration)
    return bool(stores and wanted and not stores & wanted)
