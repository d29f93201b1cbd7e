"""Entity Framework Core migrations (learn.microsoft.com/ef/core/managing-schemas/migrations) and the classes behind the tables."""

import re

from backend_agent.facts.schema import chains, sql
from backend_agent.facts.schema.state import Operation
from backend_agent.facts.schema.values import Call, Name
from backend_agent.facts.source import SourceFile
from backend_agent.model import Column, ForeignKey, Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = {
    "int": "int",
    "long": "bigint",
    "string": "text",
    "bool": "bool",
    "datetime": "timestamp",
    "datetimeoffset": "timestamptz",
    "guid": "uuid",
    "decimal": "numeric",
    "double": "float",
    "float": "float",
    "byte[]": "bytea",
    "short": "smallint",
    "dateonly": "date",
    "timespan": "interval",
    "byte": "smallint",
}
_DBSET = re.compile(r"DbSet<(\w+)>\??\s+(\w+)")
_CLASS = re.compile(r"\bclass\s+(\w+)(?:<[^>{]*>)?(?:\([^)]*\))?\s*(?::\s*([\w.]+))?[^{;]*\{")
_PROPERTY = re.compile(
    r"(?m)^[ \t]*((?:\[[^\]\n]*\][ \t]*\n?[ \t]*)*)public\s+(?:virtual\s+|required\s+|override\s+)*"
    r"([\w.]+(?:<[\w.,? ]+>)?(?:\[\])?)(\??)\s+(\w+)\s*\{\s*get\b"
)


def wants(path: str, text: str) -> bool:
    return "migrationBuilder" in text or "DbSet<" in text or ("get; " in text and "class " in text)


def extract(source: SourceFile) -> "dict[str, Any]":
    text, name = source.text, source.path.rpartition("/")[2]
    if "migrationBuilder" in text and ": Migration" in text and not name.endswith(".Designer.cs"):
        start = re.search(r"void\s+Up\s*\(", text)
        if start is None:
            return {}
        brace = text.find("{", start.end())
        body = text[brace + 1 : chains.skip(text, brace) - 1]
        ops = _operations(body, text.count("\n", 0, brace) + 1)
        return {"migration": {"tool": "efcore", "id": name.removesuffix(".cs"), "ops": ops, "order": name}}
    sets = [[entity, prop, text.count("\n", 0, m.start()) + 1] for m in _DBSET.finditer(text) for entity, prop in [m.groups()]]
    return {"sets": sets} if sets else {"classes": found} if (found := _classes(text)) else {}


def _classes(text: str) -> "dict[str, Any]":
    """{class: [the class it extends, its properties]}: what EF Core makes columns of, by its conventions."""
    heads = list(_CLASS.finditer(text))
    found: dict[str, Any] = {}
    for head, after in zip(heads, [*heads[1:], None][: len(heads)], strict=True):
        body = text[head.end() : after.start() if after else len(text)]
        rows = [[p[4], p[2].rpartition(".")[2], bool(p[3]), "[Key]" in p[1], "NotMapped" in p[1]] for p in _PROPERTY.finditer(body)]
        if rows:
            found[head[1]] = [(head[2] or "").rpartition(".")[2], rows]
    return found


def _operations(body: str, first: int) -> "list[Operation]":
    found: list[Operation] = []
    for statement, offset in chains.statements(body):
        match = re.search(r"migrationBuilder\s*(?=\.)", statement)
        if match is None:
            continue
        calls = chains.chain(statement[match.end() :], r"\s*\.\s*", first + offset)
        if calls:
            found.extend(_one(calls[0]))
    return found


def _text(value: "Any") -> str:
    return value if isinstance(value, str) else ""


def _list(call: Call, single: str, many: str) -> "list[str]":
    value = call.kwargs.get(many, call.kwargs.get(single))
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else ([value] if isinstance(value, str) else [])


def _table(call: Call, key: str = "table") -> str:
    schema = call.kwargs.get("schema")
    name = _text(call.kwargs.get(key))
    return f"{schema}.{name}" if isinstance(schema, str) and schema and name else name


def _null(call: Call) -> bool:
    return call.kwargs.get("nullable") is True


def _type(call: Call) -> str:
    native = _text(call.kwargs.get("type"))
    generic = str(call.kwargs.get("<>", "")).rstrip("?").lower()
    return native.lower() or TYPES.get(generic, generic)


def _one(call: Call) -> "list[Operation]":  # noqa: C901
    verb = call.name
    if verb == "CreateTable":
        return [["create_table", _table(call, "name"), _create(call)]]
    if verb == "DropTable":
        return [["drop_table", _table(call, "name") or _text(call.args[0] if call.args else "")]]
    if verb == "RenameTable":
        return [["rename_table", _table(call, "name"), _text(call.kwargs.get("newName")) or _table(call, "name")]]
    if verb == "AddColumn":
        return [["add_column", _table(call), [_text(call.kwargs.get("name")), _type(call), _null(call)]]]
    if verb == "AlterColumn":
        return [["alter_column", _table(call), _text(call.kwargs.get("name")), {"type": _type(call), "null": _null(call)}]]
    if verb == "DropColumn":
        return [["drop_column", _table(call), _text(call.kwargs.get("name"))]]
    if verb == "RenameColumn":
        return [["rename_column", _table(call), _text(call.kwargs.get("name")), _text(call.kwargs.get("newName"))]]
    if verb == "CreateIndex":
        key = {
            "name": _text(call.kwargs.get("name")),
            "columns": _list(call, "column", "columns"),
            "plain": not isinstance(call.kwargs.get("filter"), str),
        }
        if isinstance(call.kwargs.get("filter"), str) and re.fullmatch(
            r"(?:[\[\"]?\w+[\]\"]? IS NOT NULL(?: AND )?)+", call.kwargs["filter"]
        ):
            key["plain"] = True  # SQL Server: a unique index over nullable columns
        return [["add_unique" if call.kwargs.get("unique") is True else "add_index", _table(call), key]]
    if verb == "RenameIndex":
        return [["rename_key", _table(call), _text(call.kwargs.get("name")), _text(call.kwargs.get("newName"))]]
    if verb == "DropIndex":
        return [["drop_index", _table(call), _text(call.kwargs.get("name"))]]
    if verb == "AddPrimaryKey":
        return [["add_primary_key", _table(call), _list(call, "column", "columns")]]
    if verb == "DropPrimaryKey":
        return [["drop_primary_key", _table(call)]]
    if verb == "AddUniqueConstraint":
        return [["add_unique", _table(call), {"name": _text(call.kwargs.get("name")), "columns": _list(call, "column", "columns")}]]
    if verb == "DropUniqueConstraint":
        return [["drop_constraint", _table(call), _text(call.kwargs.get("name"))]]
    if verb == "AddForeignKey":
        fk = {"name": _text(call.kwargs.get("name")), "columns": _list(call, "column", "columns"), "references": _principal(call)}
        return [["add_foreign_key", _table(call), fk]]
    if verb == "DropForeignKey":
        return [["drop_foreign_key", _table(call), _text(call.kwargs.get("name"))]]
    if verb == "Sql":
        text = call.args[0] if call.args else call.kwargs.get("sql")
        return sql.operations(text, call.line) if isinstance(text, str) else []
    return []


def _principal(call: Call) -> str:
    schema = call.kwargs.get("principalSchema")
    name = _text(call.kwargs.get("principalTable"))
    return f"{schema}.{name}" if isinstance(schema, str) and schema else name


def _source(value: "Any") -> str:
    return value.name if isinstance(value, Name) else ""


def _create(call: Call) -> "dict[str, Any]":
    """`columns: table => new { Id = table.Column<int>(…) }, constraints: table => { table.PrimaryKey(…); }`"""
    what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": [], "indexes": [], "line": call.line}
    names: dict[str, str] = {}
    columns = _source(call.kwargs.get("columns"))
    for part in chains.split(columns[columns.find("{") + 1 : columns.rfind("}")]):
        match = re.match(r"\s*(\w+)\s*=\s*\w+(?=\s*\.)", part)
        calls = chains.chain(part[match.end() :], r"\s*\.\s*") if match else []
        if match and calls:
            name = _text(calls[0].kwargs.get("name")) or match.group(1)
            names[match.group(1)] = name
            what["columns"].append([name, _type(calls[0]), _null(calls[0])])
    constraints = _source(call.kwargs.get("constraints"))
    for statement, _offset in chains.statements(constraints[constraints.find("{") + 1 : constraints.rfind("}")]):
        match = re.match(r"\w+(?=\s*\.)", statement)
        calls = chains.chain(statement[match.end() :], r"\s*\.\s*") if match else []
        if calls:
            _constraint(calls[0], what, names)
    return what


def _constraint(call: Call, what: "dict[str, Any]", names: "dict[str, str]") -> None:
    expression = _source(call.kwargs.get("column") or call.kwargs.get("columns") or (call.args[-1] if call.args else None))
    columns = [names.get(name, name) for name in re.findall(r"\b\w+\.(\w+)", expression)]
    name = _text(call.kwargs.get("name") or (call.args[0] if call.args else ""))
    if call.name == "PrimaryKey":
        what["primary_key"] = columns
    elif call.name == "UniqueConstraint":
        what["unique"].append({"name": name, "columns": columns})
    elif call.name == "ForeignKey" and columns:
        what["foreign_keys"].append({"name": name, "columns": columns, "references": _principal(call)})


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    """Classes by the `DbSet` that EF names the table after, with the columns that its conventions make of their properties."""
    classes: dict[str, list[Any]] = {}
    for path in sorted(facts):
        for name, declared in facts[path].get("classes", {}).items():
            classes.setdefault(name, []).append(declared)
    sets = [(entity, prop, path, line) for path in sorted(facts) for entity, prop, line in facts[path].get("sets", [])]
    tables = {entity: prop for entity, prop, _path, _line in sets}
    return [_model(entity, prop, path, line, _properties(classes, entity), tables) for entity, prop, path, line in sets]


def _properties(classes: "dict[str, list[Any]]", name: str) -> "list[Any]":
    """The properties of a class and of those above it; none where two classes have its name."""
    rows: list[Any] = []
    for _ in range(5):
        found = classes.get(name, [])
        if len(found) != 1:
            break
        name, own = found[0]
        rows = [*own, *rows]
    return [row for row in rows if not row[4]]


def _model(entity: str, prop: str, path: str, line: int, rows: "list[Any]", tables: "dict[str, str]") -> Table:
    kept = [row for row in rows if row[1].lower() in TYPES]
    names = {row[0] for row in kept}
    key = next((row[0] for row in kept if row[3]), "") or next((n for n in ("Id", f"{entity}Id") if n in names), "")
    links = [(f"{row[0]}Id", tables[row[1]]) for row in rows if row[1] in tables and f"{row[0]}Id" in names]
    return Table(
        prop,
        entity,
        path,
        line,
        tuple(Column(row[0], TYPES[row[1].lower()], row[2]) for row in kept),
        (key,) if key else (),
        tuple(ForeignKey((column,), table) for column, table in links),
        tuple((column,) for column, _table in links),  # EF Core makes an index for each foreign key
        orm="efcore",
    )
