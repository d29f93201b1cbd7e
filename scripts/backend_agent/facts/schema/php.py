"""Laravel migrations (laravel.com/docs/migrations) and Doctrine's, which hold SQL; Eloquent and Doctrine classes by name."""

import re

from backend_agent.facts.schema import _doctrine_entities, _php_text, chains, sql
from backend_agent.facts.schema.ruby import _plural
from backend_agent.facts.schema.state import Operation
from backend_agent.facts.schema.values import Call
from backend_agent.facts.source import SourceFile
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = {
    "id": "bigint",
    "increments": "int",
    "bigincrements": "bigint",
    "smallincrements": "smallint",
    "mediumincrements": "int",
    "tinyincrements": "int",
    "string": "varchar",
    "char": "char",
    "text": "text",
    "mediumtext": "text",
    "longtext": "text",
    "tinytext": "text",
    "integer": "int",
    "biginteger": "bigint",
    "smallinteger": "smallint",
    "tinyinteger": "smallint",
    "mediuminteger": "int",
    "unsignedinteger": "int",
    "unsignedbiginteger": "bigint",
    "unsignedsmallinteger": "smallint",
    "unsignedtinyinteger": "smallint",
    "unsignedmediuminteger": "int",
    "foreignid": "bigint",
    "foreignuuid": "uuid",
    "foreignulid": "char",
    "uuid": "uuid",
    "ulid": "char",
    "boolean": "bool",
    "date": "date",
    "datetime": "timestamp",
    "datetimetz": "timestamptz",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "time": "time",
    "year": "int",
    "float": "float",
    "double": "float",
    "decimal": "numeric",
    "unsigneddecimal": "numeric",
    "json": "json",
    "jsonb": "jsonb",
    "binary": "bytea",
    "enum": "enum",
    "set": "enum",
    "ipaddress": "varchar",
    "macaddress": "varchar",
    "geometry": "geometry",
    "point": "point",
    "remembertoken": "varchar",
    "softdeletes": "timestamp",
    "softdeletestz": "timestamptz",
    "foreignidfor": "bigint",
    "vector": "vector",
    "rawcolumn": "",
}
_BUILT = re.compile(r"\$schema\s*->\s*(?:createTable|getTable|dropTable|renameTable)\(")
"""Doctrine's builder of schemas, which is not read: what such migrations leave is known from the entities only."""
_MAPPED = ("ORM\\Entity", "ORM\\Column", "ORM\\MappedSuperclass", "ORM\\Embeddable", "ORM\\ManyTo", "Mapping\\Entity")
_SCHEMA = re.compile(r"Schema::(?:connection\([^)]*\)->)?(create|table|rename|drop|dropIfExists|dropColumns)\s*\(")


def wants(path: str, text: str) -> bool:
    return (
        "Schema::" in text
        or "addSql(" in text
        or ("$schema->" in text and "AbstractMigration" in text)
        or "extends Model" in text
        or any(word in text for word in _MAPPED)
    )


def extract(source: SourceFile) -> "dict[str, Any]":
    text = source.text
    name = source.path.rpartition("/")[2]
    if "function up" in text and ("addSql(" in text or _BUILT.search(text)):
        found = _doctrine(_method(text, "up"))
        entry = {"tool": "doctrine-migrations", "id": name.rpartition(".")[0], "ops": found, "order": name}
        return {"migration": {**entry, "partial": 1} if _BUILT.search(text) else entry}
    if "Schema::" in text and "function up" in text and "extends Migration" in text:
        return {"migration": {"tool": "laravel", "id": name.rpartition(".")[0], "ops": _up(text), "order": name}}
    if any(word in text for word in _MAPPED):
        return {"doctrine": _doctrine_entities.classes(text)}
    return {"models": _eloquent(text)} if "extends Model" in text or "extends Authenticatable" in text else {}


def _method_at(text: str, name: str) -> "tuple[str, int]":
    match = re.search(rf"function\s+{name}\s*\(", text)
    start = text.find("{", match.end()) if match else -1
    if start < 0:
        return "", 0
    return text[start + 1 : chains.skip(text, start) - 1], text.count("\n", 0, start) + 1


def _method(text: str, name: str) -> str:
    return _method_at(text, name)[0]


def _up(text: str) -> "list[Operation]":
    """What `up` does, and the private methods that it calls, in the order of the calls."""
    found: list[Operation] = []
    todo, done = ["up"], set()
    while todo:
        method = todo.pop(0)
        if method in done:
            continue
        done.add(method)
        body, first = _method_at(text, method)
        body = re.sub(r"(?m)(^|\s)//[^\n]*", lambda m: m.group(1), body)
        found.extend(_laravel(_php_text.worked_out(body, text), first))
        todo[:0] = re.findall(r"\$this->(\w+)\s*\(", body)
    return found


def _doctrine(body: str) -> "list[Operation]":
    found: list[Operation] = []
    for match in re.finditer(r"addSql\(\s*", body):
        if match.end() < len(body) and body[match.end()] in "\"'":
            end = chains.skip(body, match.end())
            found.extend(sql.operations(str(chains.value(body[match.end() : end]))))
        elif heredoc := re.match(r"<<<\s*['\"]?(\w+)['\"]?\n(.*?)\n\s*\1", body[match.end() :], re.DOTALL):
            found.extend(sql.operations(heredoc.group(2)))
    if re.search(r"ENGINE\s*=|AUTO_INCREMENT", body):
        found.append(["mysql"])
    return found


def _laravel(body: str, first: int) -> "list[Operation]":
    found: list[Operation] = []
    for match in re.finditer(_SCHEMA.pattern + r"|DB::(?:statement|unprepared)\s*\(", body):
        start = match.end() - 1
        end = chains.skip(body, start)
        inner = body[start + 1 : end - 1]
        line = first + body.count("\n", 0, match.start())
        parts = chains.split(inner)
        table = chains.value(parts[0]) if parts else ""
        if match.group().startswith("DB::"):
            found.extend(sql.operations(table, line) if isinstance(table, str) else [])
        elif isinstance(table, str):
            found.extend(_schema_call(match.group(1), table, parts[1:], line))
    return found


def _schema_call(verb: str, table: str, rest: "list[str]", line: int) -> "list[Operation]":
    if verb in {"drop", "dropIfExists"}:
        return [["drop_table", table]]
    if verb == "rename":
        new = chains.value(rest[0]) if rest else ""
        return [["rename_table", table, new]] if isinstance(new, str) else []
    if verb == "dropColumns":
        names = chains.value(rest[0]) if rest else []
        return [["drop_column", table, name] for name in (names if isinstance(names, list) else [names]) if isinstance(name, str)]
    found: list[Operation] = [["create_table", table, {"columns": [], "line": line}]] if verb == "create" else []
    closure = rest[0] if rest else ""
    start = closure.find("{")
    body = closure[start + 1 : closure.rfind("}")] if start >= 0 else closure.partition("=>")[2]
    for statement, _offset in _all_statements(body):
        variable = re.match(r"\$\w+\s*->", statement)
        if variable:
            calls = chains.chain(statement[variable.end() :], r"\s*->\s*")
            if calls:
                found.extend(_blueprint(table, calls))
    return found


def _all_statements(body: str) -> "list[tuple[str, int]]":
    """Statements also inside `if` blocks: the newest form of a table is what a reader wants."""
    found = []
    for statement, offset in chains.statements(body):
        brace = statement.find("{")
        if re.match(r"(if|foreach|else|try)\b", statement) and brace >= 0:
            end = chains.skip(statement, brace)
            found.extend(_all_statements(statement[brace + 1 : end - 1]))
            found.extend(_all_statements(statement[end:]))
        else:
            found.append((statement, offset))
    return found


def _strings(value: "Any") -> "list[str]":
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else ([value] if isinstance(value, str) else [])


def _blueprint(table: str, calls: "list[Call]") -> "list[Operation]":
    first, verbs = calls[0], {call.name: call for call in calls}
    args, verb = first.args, first.name
    low = verb.lower()
    if low in {"timestamps", "timestampstz", "nullabletimestamps", "datetimes"}:
        kind = "timestamptz" if low.endswith("tz") else "timestamp"
        return [["add_column", table, ["created_at", kind, True]], ["add_column", table, ["updated_at", kind, True]]]
    if low in {"morphs", "nullablemorphs", "uuidmorphs", "nullableuuidmorphs", "ulidmorphs"} and args:
        null, kind = "nullable" in low, "uuid" if "uuid" in low else "bigint"
        name = str(args[0])
        return [
            ["add_column", table, [f"{name}_type", "varchar", null]],
            ["add_column", table, [f"{name}_id", kind, null]],
            ["add_index", table, {"name": f"{table}_{name}_type_{name}_id_index", "columns": [f"{name}_type", f"{name}_id"]}],
        ]
    if low in {"unique", "index", "primary", "fulltext", "spatialindex", "rawindex"} and args:
        return _key(table, low, args)
    if low == "foreign" and args:
        on = verbs.get("on")
        target = on.args[0] if on and on.args else ""
        columns = _strings(args[0])
        name = args[1] if len(args) > 1 and isinstance(args[1], str) else f"{table}_{'_'.join(columns)}_foreign"
        if not target and "constrained" in verbs:
            target = _constrained(columns[0], verbs["constrained"])
        return [["add_foreign_key", table, {"name": name, "columns": columns, "references": str(target)}]] if target else []
    if low.startswith(("drop", "rename")):
        return _drop(table, verb, args)
    if low not in TYPES and low != "addcolumn":
        return []
    if low == "addcolumn" and len(args) > 1:
        low, args = str(args[0]).lower(), args[1:]
    name = {"id": "id", "remembertoken": "remember_token", "softdeletes": "deleted_at", "softdeletestz": "deleted_at"}.get(low, "")
    name = args[0] if args and isinstance(args[0], str) else name
    if low == "foreignidfor" and args:
        model = re.match(r"(?:.*\\)?(\w+)::class", getattr(args[0], "name", "") or "")
        name = args[1] if len(args) > 1 and isinstance(args[1], str) else f"{_snake(model.group(1))}_id" if model else ""
    return _column(table, str(name), low, verbs, first) if name else []


def _column(table: str, name: str, low: str, verbs: "dict[str, Call]", first: Call) -> "list[Operation]":
    primary = low == "id" or low.endswith("increments") or "primary" in verbs
    null = ("nullable" in verbs and verbs["nullable"].args[:1] != [False]) or low.startswith("softdeletes") or low == "remembertoken"
    kind = TYPES.get(low, low)
    if "change" in verbs:
        return [["alter_column", table, name, {"type": kind, "null": null}]]
    found: list[Operation] = [["add_column", table, [name, kind, null and not primary]]]
    if primary:
        found.append(["add_primary_key", table, [name]])
    if "unique" in verbs:
        found.append(["add_unique", table, {"name": f"{table}_{name}_unique", "columns": [name]}])
    if "index" in verbs:
        found.append(["add_index", table, {"name": f"{table}_{name}_index", "columns": [name]}])
    target = ""
    if "constrained" in verbs:
        target = _constrained(name, verbs["constrained"])
    elif "references" in verbs and "on" in verbs and verbs["on"].args:
        target = str(verbs["on"].args[0])
    if target:
        found.append(["add_foreign_key", table, {"name": f"{table}_{name}_foreign", "columns": [name], "references": target}])
    return found


def _constrained(column: str, call: Call) -> str:
    named = call.args[0] if call.args and isinstance(call.args[0], str) else call.kwargs.get("table")
    return str(named) if isinstance(named, str) else _plural(column.removesuffix("_id").removesuffix("_uuid"))


def _key(table: str, low: str, args: "list[Any]") -> "list[Operation]":
    columns = _strings(args[0])
    name = args[1] if len(args) > 1 and isinstance(args[1], str) else f"{table}_{'_'.join(columns)}_{low}"
    if low == "primary":
        return [["add_primary_key", table, columns]]
    if low == "unique":
        return [["add_unique", table, {"name": name, "columns": columns}]]
    return [["add_index", table, {"name": name, "columns": columns, "plain": low == "index"}]]


def _drop(table: str, verb: str, args: "list[Any]") -> "list[Operation]":
    if verb == "renameColumn" and len(args) > 1:
        return [["rename_column", table, str(args[0]), str(args[1])]]
    if verb == "rename" and args:
        return [["rename_table", table, str(args[0])]]
    if verb == "renameIndex" and len(args) > 1:
        return [["rename_key", table, str(args[0]), str(args[1])]]
    if verb == "dropColumn":
        return [["drop_column", table, name] for argument in args for name in _strings(argument)]
    if verb == "dropConstrainedForeignId" and args:
        return [["drop_foreign_key", table, [str(args[0])]], ["drop_column", table, str(args[0])]]
    if verb == "dropTimestamps":
        return [["drop_column", table, "created_at"], ["drop_column", table, "updated_at"]]
    if verb == "dropSoftDeletes":
        return [["drop_column", table, "deleted_at"]]
    if verb == "dropMorphs" and args:
        return [["drop_column", table, f"{args[0]}_type"], ["drop_column", table, f"{args[0]}_id"]]
    if verb == "dropPrimary":
        return [["drop_primary_key", table]]
    if verb in {"dropForeign", "dropUnique", "dropIndex"} and args:
        operation = "drop_foreign_key" if verb == "dropForeign" else "drop_index"
        return [[operation, table, args[0] if isinstance(args[0], str) else _strings(args[0])]]
    return []


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _eloquent(text: str) -> "list[dict[str, Any]]":
    match = re.search(r"(?m)^(?:final\s+|abstract\s+)?class\s+(\w+)\s+extends\s+(?:Model|Authenticatable|Pivot)\b", text)
    if match is None or "abstract class" in match.group():
        return []
    table = re.search(r"\$table\s*=\s*['\"](\w+)['\"]", text)
    return [{"class": match.group(1), "line": text.count("\n", 0, match.start()) + 1, "table": table.group(1) if table else ""}]


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    """Classes with their table; the columns of Eloquent are in the database only."""
    mapped = {path: content["doctrine"] for path, content in facts.items() if content.get("doctrine")}
    return (_doctrine_entities.resolve(repository, mapped) if mapped else []) + [
        Table(item["table"] or _plural(_snake(item["class"])), item["class"], path, item["line"], orm="eloquent")
        for path in sorted(facts)
        for item in facts[path].get("models", [])
    ]
