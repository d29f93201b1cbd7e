"""Models of Tortoise ORM (tortoise.github.io) and Peewee (docs.peewee-orm.com): classes whose attributes are fields."""

import re

from backend_agent.facts.schema.state import Operation, Schema
from backend_agent.facts.schema.values import Call, Name, line, python
from backend_agent.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

_IMPORT = re.compile(r"(?m)^\s*(?:from|import)\s+(tortoise|peewee|playhouse)\b")
_TYPES = {
    "char": "varchar", "text": "text", "int": "int", "integer": "int", "bigint": "bigint", "biginteger": "bigint", "smallint": "smallint",
    "smallinteger": "smallint", "auto": "int", "bigauto": "bigint", "identity": "int", "bool": "bool", "boolean": "bool",
    "datetime": "timestamp", "timestamp": "timestamp", "date": "date", "time": "time", "timedelta": "bigint", "float": "float",
    "double": "float", "decimal": "numeric", "json": "json", "binaryjson": "jsonb", "uuid": "uuid", "binary": "bytea", "blob": "bytea",
    "charenum": "varchar", "intenum": "smallint", "fixedchar": "char", "ip": "bigint", "array": "array",
}  # fmt: skip
_LINKS = {"ForeignKeyField", "OneToOneField", "ManyToManyField", "DeferredForeignKey"}


def wants(text: str) -> bool:
    return bool(_IMPORT.search(text))


def extract(root: "SgNode", text: str) -> "list[dict[str, Any]]":
    match = _IMPORT.search(text)
    orm = "tortoise" if match and match.group(1) == "tortoise" else "peewee"
    return [item for node in root.find_all(kind="class_definition") if (item := _class(node, orm))]


def _class(node: "SgNode", orm: str) -> "dict[str, Any] | None":
    name, above, body = node.field("name"), node.field("superclasses"), node.field("body")
    if name is None or body is None or name.text() == "Meta":
        return None
    bases = [child.text().rpartition(".")[2] for child in above.children() if child.is_named()] if above is not None else []
    found: dict[str, Any] = {"class": name.text(), "bases": bases, "line": line(node), "orm": orm, "fields": [], "meta": {}}
    for statement in body.children():
        if statement.kind() == "class_definition" and (statement.field("name") or statement).text() == "Meta":
            inner = statement.field("body")
            found["meta"] = dict(_assigned(child) for child in inner.children() if _assigned(child)[0]) if inner is not None else {}
            continue
        label, value = _assigned(statement)
        if isinstance(value, Call) and (value.last.endswith("Field") or value.last in _LINKS):
            found["fields"].append(_field(label, value))
    found["meta"] = {key: _plain(value) for key, value in found["meta"].items()}
    return found


def _assigned(statement: "SgNode") -> "tuple[str, Any]":
    node = statement.children()[0] if statement.kind() == "expression_statement" and statement.children() else None
    if node is None or node.kind() != "assignment":
        return "", None
    left = node.field("left")
    return (left.text() if left is not None else ""), python(node.field("right"))


def _field(name: str, call: Call) -> "dict[str, Any]":
    options = {key: _plain(value) for key, value in call.kwargs.items()}
    target = next(
        (_plain(value) for value in [*call.args, call.kwargs.get("model_name"), call.kwargs.get("model")] if value is not None), ""
    )
    return {"name": name, "kind": call.last, "target": target if isinstance(target, str) else "", "options": options}


def _plain(value: "Any") -> "Any":
    """A value that JSON can hold: the name of a class as text, an index as its fields."""
    if isinstance(value, Name):
        return value.name
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Call):
        fields = value.kwargs.get("fields")
        return [_plain(item) for item in (fields if isinstance(fields, list) else value.args)]
    return value if isinstance(value, str | int | bool) else None


def models(classes: "list[tuple[str, dict[str, Any]]]") -> "list[Table]":
    by_name = {item["class"]: item for _path, item in classes}
    bases = {base for item in by_name.values() for base in item["bases"]}
    chosen = [(path, item) for path, item in classes if _is_table(item, by_name, bases)]
    tables = {item["class"]: _table(item, by_name) for _path, item in chosen}
    result: list[Table] = []
    for orm in ("tortoise", "peewee"):
        schema = Schema(orm)
        links: list[tuple[str, Operation]] = []
        for path, item in chosen:
            if item["orm"] == orm:
                operation, many = _create(item, by_name, tables)
                schema.apply([operation], path)
                links.extend((path, link) for link in many)
        for path, link in links:
            schema.apply([link], path)
        result.extend(schema.tables())
    return result


def _above(item: "dict[str, Any]", by_name: "dict[str, dict[str, Any]]", seen: "set[str]") -> "list[dict[str, Any]]":
    found = []
    for base in item["bases"]:
        if base in by_name and base not in seen and base != item["class"]:
            seen.add(base)
            found.extend([*_above(by_name[base], by_name, seen), by_name[base]])
    return found


def _is_table(item: "dict[str, Any]", by_name: "dict[str, dict[str, Any]]", bases: "set[str]") -> bool:
    line_of = [item, *_above(item, by_name, set())]
    if item["meta"].get("abstract") is True or not any("Model" in one["bases"] for one in line_of):
        return False
    own = any(one["fields"] for one in line_of)
    return own and not (item["class"] in bases and item["orm"] == "peewee" and "Model" in item["bases"] and not _named(item))


def _named(item: "dict[str, Any]") -> str:
    meta = item["meta"]
    name = next((meta[key] for key in ("table", "table_name", "db_table") if isinstance(meta.get(key), str)), "")
    schema = meta.get("schema")
    return f"{schema}.{name}" if name and isinstance(schema, str) else name


def _table(item: "dict[str, Any]", by_name: "dict[str, dict[str, Any]]") -> str:
    return _named(item) or str(item["class"]).lower()


def _fields(item: "dict[str, Any]", by_name: "dict[str, dict[str, Any]]") -> "list[dict[str, Any]]":
    found: dict[str, dict[str, Any]] = {}
    for one in [*_above(item, by_name, set()), item]:
        for field in one["fields"]:
            found[field["name"]] = field
    return list(found.values())


def _column(field: "dict[str, Any]", orm: str) -> str:
    options, name = field["options"], str(field["name"])
    said = next((options[key] for key in ("source_field", "column_name", "db_column") if isinstance(options.get(key), str)), "")
    if said or field["kind"] not in _LINKS:
        return said or name
    return name if orm == "peewee" and name.endswith("_id") else f"{name}_id"


def _create(item: "dict[str, Any]", by_name: "dict[str, Any]", tables: "dict[str, str]") -> "tuple[Operation, list[Operation]]":
    table, orm = tables[item["class"]], item["orm"]
    what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": [], "indexes": []}
    what.update({"line": item["line"], "name": item["class"]})
    columns: dict[str, str] = {}
    links: list[Operation] = []
    for field in _fields(item, by_name):
        if field["kind"] == "ManyToManyField":
            links.extend(_many(table, field, item, tables) if orm == "tortoise" else [])
            continue
        columns[field["name"]] = _column(field, orm)
        _add(field, columns[field["name"]], item, tables, what)
    _keys(item, by_name, columns, what)
    return ["create_table", table, what], links


def _add(field: "dict[str, Any]", column: str, item: "dict[str, Any]", tables: "dict[str, str]", what: "dict[str, Any]") -> None:
    options, kind, orm = field["options"], field["kind"], item["orm"]
    primary = options.get("pk") is True or options.get("primary_key") is True or kind in {"AutoField", "BigAutoField", "IdentityField"}
    link = kind in _LINKS
    shown = "bigint" if link else _TYPES.get(kind.removesuffix("Field").lower(), "text" if "Text" in kind or "JSON" in kind else "")
    what["columns"].append([column, shown, options.get("null") is True and not primary])
    if primary:
        what["primary_key"].append(column)
    if link:
        target = item["class"] if field["target"] == "self" else field["target"].rpartition(".")[2]
        enforced = options.get("db_constraint") is not False and options.get("constraint") is not False
        what["foreign_keys"].append({"columns": [column], "references": tables.get(target, target.lower()), "enforced": enforced})
    unique = options.get("unique") is True or kind == "OneToOneField"
    indexed = options.get("index") is True or options.get("db_index") is True
    if link and orm == "peewee":
        indexed = options.get("index") is not False
    if unique:
        what["unique"].append({"columns": [column]})
    if indexed and not primary and not (unique and orm == "peewee"):
        what["indexes"].append({"columns": [column]})


def _keys(item: "dict[str, Any]", by_name: "dict[str, Any]", columns: "dict[str, str]", what: "dict[str, Any]") -> None:
    meta = item["meta"]
    composite = meta.get("primary_key")
    if isinstance(composite, list):
        what["primary_key"] = [columns.get(name, name) for name in composite if isinstance(name, str)]
    elif not what["primary_key"] and composite is not False:
        what["columns"].insert(0, ["id", "int", False])
        what["primary_key"] = ["id"]

    def named(names: "list[Any]") -> "list[str]":
        return [columns.get(name, name) for name in names if isinstance(name, str)]

    together = meta.get("unique_together")
    for names in _lists(together):
        what["unique"].append({"columns": named(names)})
    for entry in meta.get("indexes") if isinstance(meta.get("indexes"), list) else []:
        unique = isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], list) and entry[1] is True
        names = entry[0] if isinstance(entry, list) and entry and isinstance(entry[0], list) else entry
        if isinstance(names, list) and names:
            what["unique" if unique else "indexes"].append({"columns": named(names)})


def _lists(value: "Any") -> "list[list[Any]]":
    """`("a", "b")` or `(("a", "b"), ("c", "d"))`."""
    if not isinstance(value, list) or not value:
        return []
    return [item for item in value if isinstance(item, list)] or [value]


def _many(table: str, field: "dict[str, Any]", item: "dict[str, Any]", tables: "dict[str, str]") -> "list[Operation]":
    options = field["options"]
    target = item["class"] if field["target"] == "self" else field["target"].rpartition(".")[2]
    other = tables.get(target, target.lower())
    through = options.get("through") if isinstance(options.get("through"), str) else f"{table}_{other}"
    own = options.get("backward_key") if isinstance(options.get("backward_key"), str) else f"{table}_id"
    theirs = options.get("forward_key") if isinstance(options.get("forward_key"), str) else f"{other}_id"
    keys = [{"columns": [own], "references": table}, {"columns": [theirs], "references": other}]
    unique = [] if options.get("create_unique_index") is False or options.get("unique") is False else [{"columns": [own, theirs]}]
    what = {"columns": [[own, "bigint", False], [theirs, "bigint", False]], "foreign_keys": keys, "unique": unique, "if_not_exists": True}
    return [["create_table", str(through), {**what, "line": item["line"]}]]
