"""Tables of Exposed in Kotlin (jetbrains.github.io/Exposed): `object Users : IntIdTable("users") { val name = varchar("name", 50) }`."""

import re

from backend_agent.facts.schema import chains
from backend_agent.facts.schema.state import Operation, Schema
from backend_agent.facts.schema.values import Name
from backend_agent.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = {
    "integer": "int", "long": "bigint", "short": "smallint", "byte": "smallint", "varchar": "varchar", "char": "char", "text": "text",
    "mediumText": "text", "largeText": "text", "bool": "bool", "decimal": "numeric", "float": "float", "double": "double", "uuid": "uuid",
    "blob": "bytea", "binary": "bytea", "enumeration": "int", "enumerationByName": "varchar", "customEnumeration": "enum", "date": "date",
    "datetime": "timestamp", "timestamp": "timestamp", "timestampWithTimeZone": "timestamptz", "time": "time", "json": "json",
    "jsonb": "jsonb", "uinteger": "bigint", "ulong": "bigint", "array": "array", "duration": "bigint", "entityId": "",
}  # fmt: skip
KEYS = {"IntIdTable": "int", "LongIdTable": "bigint", "UUIDTable": "uuid", "UIntIdTable": "bigint", "ULongIdTable": "bigint"}
_OBJECT = re.compile(r"\b(?:object|(?P<abstract>abstract|open)\s+class)\s+(\w+)[^{}:=]*:\s*(\w*Table)(?:<[^>]*>)?\s*\(", re.MULTILINE)
_COLUMN = re.compile(r"\bval\s+(\w+)\s*(?::\s*[^=\n]+)?=\s*")


def tables(text: str) -> "list[dict[str, Any]]":
    """Per object: its class, what it extends, arguments and, per property, the chain of calls as (verb, arguments)."""
    found = []
    for match in _OBJECT.finditer(text):
        start = match.end() - 1
        end = chains.skip(text, start)
        args, named = chains.arguments(text[start + 1 : end - 1])
        brace = re.match(r"\s*\{", text[end:])
        body = text[end + brace.end() : chains.skip(text, end + brace.end() - 1) - 1] if brace else ""
        columns, rest = _body(body)
        found.append(
            {
                "class": match.group(2),
                "extends": match.group(3),
                "abstract": bool(match.group("abstract")),
                "line": text.count("\n", 0, match.start()) + 1,
                "args": [a for a in [*args, named.get("name"), named.get("columnName")] if isinstance(a, str)],
                "columns": columns,
                "calls": rest,
            }
        )
    return found


def _plain(values: "list[Any]") -> "list[Any]":
    return [{"name": v.name[:200]} if isinstance(v, Name) else v for v in values if isinstance(v, str | int | bool | Name)]


def _body(body: str) -> "tuple[list[Any], list[Any]]":
    columns, rest = [], []
    for match in _COLUMN.finditer(body):
        tail = re.split(r"\n\s*(?:val|var|override|fun|init|private|companion)\b", body[match.end() :], maxsplit=1)[0]
        infix = re.match(r"\(?\s*((?:\w+\s*\((?:[^()]|\([^()]*\))*\)\s*\.?\s*)+?)\s*references\s+(\w+)\.(\w+)\)?", tail)
        calls = chains.chain(infix.group(1) if infix else tail.lstrip("("), r"\s*\.\s*")
        items = [[call.name, _plain(call.args)] for call in calls]
        if infix:
            items.append(["references", [{"name": f"{infix.group(2)}.{infix.group(3)}"}]])
            items += [[call.name, _plain(call.args)] for call in chains.chain(tail[infix.end() :], r"\s*\.\s*")]
        columns.append([match.group(1), items])
    key = re.search(r"primaryKey\s*=\s*PrimaryKey\s*\(([^()]*)\)", body)
    if key:
        rest.append(["primaryKey", _plain(chains.arguments(key.group(1))[0])])
    for match in re.finditer(r"(?m)(?:^|\{)\s*(index|uniqueIndex)\s*(?=\()", body):
        end = chains.skip(body, match.end())
        rest.append([match.group(1), _plain(chains.arguments(body[match.end() + 1 : end - 1])[0])])
    return columns, rest


def resolve(records: "dict[str, list[dict[str, Any]]]") -> "list[Table]":
    by_class = {record["class"]: (path, record) for path in sorted(records) for record in records[path]}
    schema = Schema("exposed")
    kinds: dict[str, str] = {}
    late: list[Operation] = []
    for name, (path, record) in by_class.items():
        if not record["abstract"] and (record["extends"] == "Table" or _base(name, by_class)):
            create, more = _one(name, by_class, kinds)
            schema.apply([create], path)
            late += more
    schema.apply(late, "")
    return schema.tables()


def _base(name: str, by_class: "dict[str, Any]") -> str:
    """The library's class at the end of `extends`, or "" where it is another library's table."""
    seen = set()
    while name in by_class and name not in seen:
        seen.add(name)
        name = by_class[name][1]["extends"]
    return name if name in KEYS or name in {"Table", "IdTable", "CompositeIdTable"} else ""


def _table_name(name: str, by_class: "dict[str, Any]") -> str:
    record = by_class[name][1]
    return str(record["args"][0]) if record["args"] else re.sub(r"(?<=.)Table$", "", name)


def _one(name: str, by_class: "dict[str, Any]", kinds: "dict[str, str]") -> "tuple[Operation, list[Operation]]":
    record = by_class[name][1]
    table = _table_name(name, by_class)
    what: dict[str, Any] = {"columns": [], "primary_key": [], "unique": [], "indexes": [], "line": record["line"], "name": name}
    base = _base(name, by_class)
    if base in KEYS:
        key = str(record["args"][1]) if len(record["args"]) > 1 else "id"
        what["columns"].append([key, KEYS[base], False])
        what["primary_key"] = [key]
    properties: dict[str, str] = {"id": "id"}
    late: list[Operation] = []
    chain = [name]
    while by_class[chain[-1]][1]["extends"] in by_class and len(chain) < 6:
        chain.append(by_class[chain[-1]][1]["extends"])
    for owner in reversed(chain):
        for property_, calls in by_class[owner][1]["columns"]:
            _column(table, property_, calls, what, properties, late, by_class)
    for verb, args in record["calls"]:
        names = [properties.get(a["name"], a["name"]) for a in args if isinstance(a, dict)]
        if verb == "primaryKey" and names:
            what["primary_key"] = names
        elif names and verb == "uniqueIndex" or (verb == "index" and any(a is True for a in args)):
            what["unique"].append({"columns": [n for n in names if n not in {"true", "false"}]})
        elif names:
            what["indexes"].append({"columns": names})
    return ["create_table", table, what], late


def _column(
    table: str,
    property_: str,
    calls: "list[Any]",
    what: "dict[str, Any]",
    properties: "dict[str, str]",
    late: "list[Operation]",
    by_class: "dict[str, Any]",
) -> None:
    if not calls:
        return
    verb, args = calls[0]
    verbs = dict(calls)
    reference = verb in {"reference", "optReference"}
    if verb not in TYPES and not reference:
        return
    column = args[0] if args and isinstance(args[0], str) else property_
    properties[property_] = column
    null = "nullable" in verbs or verb == "optReference"
    target = next((a["name"] for a in (args if reference else verbs.get("references", [])) if isinstance(a, dict)), "")
    owner = target.split(".")[0]
    kind = TYPES.get(verb, "")
    if reference and owner in by_class:
        kind = KEYS.get(_base(owner, by_class), "")
    what["columns"].append([column, kind, null])
    if target and owner in by_class:
        late.append(["add_foreign_key", table, {"columns": [column], "references": _table_name(owner, by_class)}])
    if "primaryKey" in verbs or "entityId" in verbs:
        what["primary_key"].append(column)
    if "uniqueIndex" in verbs:
        what["unique"].append({"columns": [column]})
    if "index" in verbs:
        unique = any(a is True for a in verbs["index"])
        what["unique" if unique else "indexes"].append({"columns": [column]})
