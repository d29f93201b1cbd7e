"""Collections of Mongoose (mongoosejs.com: guide, models) and of @nestjs/mongoose: what a document holds, and what it refers to.

MongoDB keeps no constraint between collections, so no reference is enforced.
"""

import re

from backend_agent.facts.schema._javascript_models import decorator
from backend_agent.facts.schema.ruby import _plural
from backend_agent.facts.schema.state import Schema
from backend_agent.facts.schema.values import Call, Name, javascript, line
from backend_agent.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

_MADE = re.compile(r"\b(?:mongoose|@nestjs/mongoose)\b")
_TYPES = {
    "String": "varchar", "Number": "numeric", "Boolean": "bool", "Date": "timestamptz", "Buffer": "bytea", "ObjectId": "objectid",
    "Mixed": "json", "Map": "json", "Decimal128": "numeric", "BigInt": "bigint", "UUID": "uuid", "Object": "json",
    "string": "varchar", "number": "numeric", "boolean": "bool",
}  # fmt: skip


def wants(text: str) -> bool:
    return "mongoose" in text and bool(_MADE.search(text)) and ("Schema" in text or ".model(" in text)


def extract(root: "SgNode", typed: bool = True) -> "list[dict[str, Any]]":
    """The schemas, models and indexes of a file."""
    found: list[dict[str, Any]] = []
    for node in root.find_all(any=[{"kind": "new_expression"}, {"kind": "call_expression"}]):  # Schema works without new as well
        call = javascript(node)
        if isinstance(call, Call) and call.last == "Schema" and call.args and isinstance(call.args[0], dict):
            options = call.args[1] if len(call.args) > 1 and isinstance(call.args[1], dict) else {}
            fields = [_field(name, value) for name, value in call.args[0].items() if isinstance(name, str)]
            found.append({"kind": "schema", "variable": _variable(node), "line": call.line, "fields": fields, **_options(options)})
    for node in root.find_all(kind="call_expression"):
        call = javascript(node)
        if not isinstance(call, Call) or not call.args:
            continue
        if call.last == "model" and len(call.args) > 1 and isinstance(call.args[0], str):
            given = call.args[1]
            collection = call.args[2] if len(call.args) > 2 and isinstance(call.args[2], str) else ""
            variable = given.name if isinstance(given, Name) else ""
            found.append({"kind": "model", "class": call.args[0], "variable": variable, "line": call.line, "collection": collection})
        elif call.last == "index" and "." in call.name and isinstance(call.args[0], dict):
            options = call.args[1] if len(call.args) > 1 and isinstance(call.args[1], dict) else {}
            key = {"variable": call.name.rpartition(".")[0], "columns": list(call.args[0]), "unique": options.get("unique") is True}
            found.append({"kind": "index", **key})
    kinds = ["class_declaration", "abstract_class_declaration"] if typed else ["class_declaration"]
    for node in root.find_all(any=[{"kind": kind} for kind in kinds]):
        item = _class(node)
        if item:
            found.append(item)
    return found


def _variable(node: "SgNode") -> str:
    """The variable that holds a new schema; "" where it is handed on at once."""
    above = node.parent()
    for _ in range(3):
        if above is None:
            return ""
        if above.kind() == "variable_declarator":
            name = above.field("name")
            return name.text() if name else ""
        above = above.parent()
    return ""


def _options(options: "dict[str, Any]") -> "dict[str, Any]":
    collection = options.get("collection")
    stamps = options.get("timestamps")
    return {"collection": collection if isinstance(collection, str) else "", "timestamps": bool(stamps) and stamps is not False}


def _field(name: str, value: "Any") -> "dict[str, Any]":
    """One field: a type alone, or an object that says more."""
    many = isinstance(value, list)
    inner = value[0] if many and value else value
    said = inner if isinstance(inner, dict) and "type" in inner else {}
    kind = said.get("type", inner)
    if isinstance(kind, list):
        many, kind = True, kind[0] if kind else ""
        said = {**said, **kind} if isinstance(kind, dict) else said
        kind = kind.get("type", "") if isinstance(kind, dict) else kind
    target = said.get("ref")
    required = said.get("required")
    return {
        "name": name,
        "type": "array" if many else _type(kind),
        "null": not (required is True or (isinstance(required, list) and required[:1] == [True])),
        "unique": said.get("unique") is True or isinstance(said.get("unique"), list),
        "index": said.get("index") is True,
        "ref": "" if many else (target.name.rpartition(".")[0] or target.name if isinstance(target, Name) else str(target or "")),
    }


def _type(kind: "Any") -> str:
    if isinstance(kind, Name):
        return _TYPES.get(kind.name.rpartition(".")[2], "json")
    return _TYPES.get(kind, "varchar") if isinstance(kind, str) else "json"


def _class(node: "SgNode") -> "dict[str, Any] | None":
    """A class that @nestjs/mongoose makes a schema of."""
    name, body = node.field("name"), node.field("body")
    above = node.parent()
    decorators = [*node.children(), *(above.children() if above is not None and above.kind() == "export_statement" else [])]
    mark = next(
        (call for child in decorators if child.kind() == "decorator" and (call := decorator(child)) and call.last == "Schema"), None
    )
    if mark is None or name is None or body is None:
        return None
    fields: list[dict[str, Any]] = []
    pending: list[Call] = []
    for child in body.children():
        if child.kind() == "decorator":
            call = decorator(child)
            pending += [call] if call else []
        elif child.kind() in {"public_field_definition", "field_definition"}:
            pending += [call for c in child.children() if c.kind() == "decorator" and (call := decorator(c))]
            prop = next((call for call in pending if call.last == "Prop"), None)
            field = child.field("name") or child.field("property")
            if prop is not None and field is not None:
                fields.append(_prop(field.text(), child.field("type"), prop))
            pending = []
    options = mark.args[0] if mark.args and isinstance(mark.args[0], dict) else {}
    return {"kind": "class", "class": name.text(), "line": line(node), "fields": fields, **_options(options)}


def _prop(name: str, written: "SgNode | None", call: Call) -> "dict[str, Any]":
    said = call.args[0] if call.args else {}
    text = written.text().lstrip(": ") if written is not None else ""
    if isinstance(said, dict) and "type" not in said:
        said = {**said, "type": [Name(text.rstrip("[]"))] if text.endswith("[]") else (text if text in _TYPES else Name(text))}
    return _field(name, said)


# all files together


def tables(facts: "dict[str, list[dict[str, Any]]]") -> "list[Table]":
    """A collection for each model; its schema is looked for in its own file first."""
    models: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
    schemas: dict[str, dict[str, Any]] = {}
    keys: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(facts):
        for item in facts[path]:
            if item["kind"] == "schema" and item["variable"]:
                schemas.setdefault(item["variable"], item)
            elif item["kind"] == "index":
                keys.setdefault(item["variable"], []).append(item)
    for path in sorted(facts):
        own = {item["variable"]: item for item in facts[path] if item["kind"] == "schema"}
        for item in facts[path]:
            if item["kind"] == "class":
                models.append((path, item, {**item, "variable": f"{item['class']}Schema"}))
            elif item["kind"] == "model":
                schema = own.get(item["variable"]) or schemas.get(item["variable"])
                if schema is not None:
                    models.append((path, item, schema))
    named = {item["class"]: _collection(item, schema) for _path, item, schema in models}
    result = Schema("mongoose")
    for path, item, schema in models:
        result.apply([_made(item, schema, named, keys.get(schema["variable"], []))], path)
    return result.tables()


def _collection(item: "dict[str, Any]", schema: "dict[str, Any]") -> str:
    return str(item.get("collection") or schema.get("collection") or _plural(item["class"].lower()))


def _made(item: "dict[str, Any]", schema: "dict[str, Any]", named: "dict[str, str]", keys: "list[dict[str, Any]]") -> "list[Any]":
    fields = [field for field in schema["fields"] if field["name"] != "_id"]
    columns = [["_id", "objectid", False], *([field["name"], field["type"], field["null"]] for field in fields)]
    if schema["timestamps"]:
        columns += [["createdAt", "timestamptz", False], ["updatedAt", "timestamptz", False]]
    references = [{"columns": [f["name"]], "references": named[f["ref"]], "enforced": False} for f in fields if f["ref"] in named]
    unique = [{"columns": [f["name"]]} for f in fields if f["unique"]] + [{"columns": k["columns"]} for k in keys if k["unique"]]
    indexes = [{"columns": [f["name"]]} for f in fields if f["index"]] + [{"columns": k["columns"]} for k in keys if not k["unique"]]
    row = {"columns": columns, "primary_key": ["_id"], "foreign_keys": references, "unique": unique, "indexes": indexes}
    return ["create_table", _collection(item, schema), {**row, "line": item["line"], "name": item["class"]}]
