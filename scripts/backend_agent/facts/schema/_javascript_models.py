"""Drizzle tables (orm.drizzle.team), and entity classes of TypeORM, MikroORM and sequelize-typescript, and `sequelize.define`."""

import re

from backend_agent.facts.schema import _javascript_migrations as migrations
from backend_agent.facts.schema.ruby import _plural
from backend_agent.facts.schema.state import Operation, Schema
from backend_agent.facts.schema.values import Call, Lambda, Name, chain, javascript, line
from backend_agent.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

_DRIZZLE = re.compile(r"\b(pgTable|mysqlTable|sqliteTable|pgTableCreator|createTable|table|\w+Table)\s*\(|Schema\(")
_TYPES = {
    "serial": "int",
    "bigserial": "bigint",
    "integer": "int",
    "int": "int",
    "bigint": "bigint",
    "smallint": "smallint",
    "tinyint": "int",
    "varchar": "varchar",
    "text": "text",
    "boolean": "bool",
    "timestamp": "timestamp",
    "datetime": "timestamp",
    "date": "date",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "jsonb",
    "numeric": "numeric",
    "decimal": "numeric",
    "real": "float",
    "doublePrecision": "float",
    "char": "char",
    "float": "float",
    "double": "float",
    "time": "time",
    "blob": "bytea",
    "bytea": "bytea",
    "smallserial": "smallint",
    "mediumint": "int",
    "number": "int",
    "string": "varchar",
    "Date": "timestamp",
    "Buffer": "bytea",
    "bigInt": "bigint",
}


_BASE = re.compile(r"@(Column|PrimaryGeneratedColumn|PrimaryColumn|PrimaryKey|CreateDateColumn|Property|CreatedAt)\b")
_ORM = re.compile(r"from ['\"](typeorm|sequelize-typescript|@mikro-orm/[\w-]+)['\"]")


def wants(text: str) -> bool:
    if "drizzle-orm" in text and _DRIZZLE.search(text):
        return True
    if _BASE.search(text) and _ORM.search(text):
        return True  # a base class of entities, which has no mark of its own
    return "@Entity" in text or "@Table" in text or ".define(" in text or "Model.init(" in text or ".init(" in text and "sequelize" in text


def extract(root: "SgNode", text: str, typed: bool = True) -> "list[dict[str, Any]]":
    """`typed`: the grammar is TypeScript's; JavaScript's knows no abstract class, and asking for an unknown kind raises."""
    found: list[dict[str, Any]] = []
    if "drizzle-orm" in text:
        found.extend(_drizzle(root))
    if "@Entity" in text or "@Table" in text or (_BASE.search(text) and _ORM.search(text)):
        kinds = ["class_declaration", "abstract_class_declaration"] if typed else ["class_declaration"]
        found.extend(item for node in root.find_all(any=[{"kind": kind} for kind in kinds]) if (item := _entity(node)))
    if "sequelize" in text.lower() and ("define(" in text or ".init(" in text):
        found.extend(_sequelize(root))
    return found


# Drizzle


def _drizzle(root: "SgNode") -> "list[dict[str, Any]]":
    found = []
    for node in root.find_all(kind="variable_declarator"):
        name, value = node.field("name"), node.field("value")
        if name is None or value is None or value.kind() != "call_expression":
            continue
        call = javascript(value)
        if not isinstance(call, Call) or len(call.args) < 2 or not isinstance(call.args[0], str):
            continue
        columns = call.args[1]
        if isinstance(columns, Lambda):
            body = columns.node.field("body")
            columns = javascript(body)
        if (
            not isinstance(columns, dict)
            or not re.search(r"(?i)table$|^table$", call.last)
            or call.last == "createTable"
            and "schema" in call.name
        ):
            continue
        found.append(_drizzle_table(name.text(), call, columns))
    return found


def _drizzle_table(variable: str, call: Call, columns: "dict[str, Any]") -> "dict[str, Any]":
    item: dict[str, Any] = {"kind": "drizzle", "class": variable, "table": call.args[0], "line": call.line, "columns": [], "keys": []}
    for name, value in columns.items():
        if name.startswith("..."):
            item.setdefault("spreads", []).append(name[3:])
        elif isinstance(value, Call):
            column = _drizzle_column(name, value)
            if column:
                item["columns"].append(column)
    extra = call.args[2] if len(call.args) > 2 else None
    if isinstance(extra, Lambda):
        body = extra.node.field("body")
        if body is not None and body.kind() == "statement_block":
            returned = body.find(kind="return_statement")
            body = next((c for c in returned.children() if c.is_named()), None) if returned is not None else None
        extra = javascript(body)
    for value in extra.values() if isinstance(extra, dict) else (extra if isinstance(extra, list) else []):
        if isinstance(value, Call) and (key := _drizzle_key(value)):
            item["keys"].append(key)
    return item


def _drizzle_column(name: str, value: Call) -> "dict[str, Any] | None":
    _root, calls = chain(value)
    first = calls[0]
    verbs = {call.last: call for call in calls[1:]}
    column = first.args[0] if first.args and isinstance(first.args[0], str) else name
    target = ""
    references = verbs.get("references")
    if references is not None and references.args and isinstance(references.args[0], Lambda):
        body = references.args[0].node.field("body")
        text = body.text().strip("() ") if body is not None else ""
        target = text.partition(".")[0] if re.match(r"^[\w.]+$", text) else ""
    options = next((a for a in first.args if isinstance(a, dict)), {})
    kind = "timestamptz" if first.last == "timestamp" and options.get("withTimezone") is True else _TYPES.get(first.last, first.last)
    serial = first.last in {"serial", "bigserial", "smallserial"}
    return {
        "name": column,
        "key": name,
        "type": kind,
        "null": not ("notNull" in verbs or "primaryKey" in verbs or serial),
        "primary": "primaryKey" in verbs,
        "unique": "unique" in verbs,
        "target": target,
    }


def _drizzle_key(value: Call) -> "dict[str, Any] | None":
    _root, calls = chain(value)
    verbs = {call.last: call for call in calls}
    kind = calls[0].last
    columns = _attributes(verbs["on"].args) if "on" in verbs else []
    options = calls[0].args[0] if calls[0].args and isinstance(calls[0].args[0], dict) else {}
    if kind == "primaryKey":
        return {"kind": "primary", "columns": _attributes(options.get("columns") or calls[0].args)}
    if kind == "foreignKey":
        targets = options.get("foreignColumns")
        target = targets[0].name.partition(".")[0] if isinstance(targets, list) and targets and isinstance(targets[0], Name) else ""
        return {"kind": "foreign", "columns": _attributes(options.get("columns")), "target": target} if target else None
    if kind in {"uniqueIndex", "unique"} or kind == "index":
        raw = verbs["on"].args if "on" in verbs else []
        plain = "where" not in verbs and "using" not in verbs and len(columns) == len(raw)
        return {"kind": "index" if kind == "index" else "unique", "columns": columns, "plain": plain}
    return None


def _attributes(value: "Any") -> "list[str]":
    """`[t.a, t.b.asc()]` → the properties' names."""
    names = []
    for item in value if isinstance(value, list) else []:
        if isinstance(item, Call):
            item = Name(item.name.rpartition(".")[0]) if item.last in {"asc", "desc", "nullsFirst", "nullsLast", "op"} else None
        if isinstance(item, Name) and "." in item.name:
            names.append(item.name.rpartition(".")[2])
    return names


# TypeORM, MikroORM, sequelize-typescript

_PRIMARY = {"PrimaryGeneratedColumn", "PrimaryColumn", "PrimaryKey", "ObjectIdColumn"}
_COLUMN = {
    "Column",
    "Property",
    "CreateDateColumn",
    "UpdateDateColumn",
    "DeleteDateColumn",
    "VersionColumn",
    "Enum",
    "Generated",
    "CreatedAt",
    "UpdatedAt",
    "DeletedAt",
    *_PRIMARY,
}
_TO_ONE = {"ManyToOne", "OneToOne", "ForeignKey", "BelongsTo"}


def _entity(node: "SgNode") -> "dict[str, Any] | None":
    name, body = node.field("name"), node.field("body")
    above = node.parent()
    decorators = [*node.children(), *(above.children() if above is not None and above.kind() == "export_statement" else [])]
    calls = [decorator(child) for child in decorators if child.kind() == "decorator"]
    marks = {call.last: call for call in calls if call is not None}
    heritage = next((c for c in node.children() if c.kind() == "class_heritage"), None)
    base = re.search(r"extends\s+([\w.]+)", heritage.text()) if heritage is not None else None
    mark = marks.get("Entity") or marks.get("Table")
    item: dict[str, Any] = {
        "kind": "class",
        "class": name.text() if name else "",
        "line": line(node),
        "entity": mark is not None,
        "base": base.group(1) if base else "",
        "table": _entity_table(mark) if mark is not None else "",
        "fields": [],
        "keys": [],
        "sequelize": "Table" in marks,
        "mikro": any(call is not None and call.last in {"Property", "PrimaryKey"} for call in calls),
    }
    for call in calls:
        if call is not None and call.last in {"Index", "Unique"}:
            item["keys"].append([call.last == "Unique" or _has(call, "unique"), _key_columns(call)])
    pending: list[Call] = []
    for child in body.children() if body is not None else []:
        if child.kind() == "decorator":
            call = decorator(child)
            if call is not None:
                pending.append(call)
        elif child.kind() == "public_field_definition":
            pending.extend(call for c in child.children() if c.kind() == "decorator" and (call := decorator(c)) is not None)
            field = _field(child, pending)
            if field:
                item["fields"].append(field)
            pending = []
        elif child.is_named():
            pending = []
    return item if item["class"] and (item["entity"] or item["fields"]) else None


def decorator(node: "SgNode") -> "Call | None":
    inner = next((c for c in node.children() if c.is_named()), None)
    value = javascript(inner)
    if isinstance(value, Name):
        return Call(value.name, [], {}, None, line(node))
    return value if isinstance(value, Call) else None


def _entity_table(call: Call) -> str:
    for argument in call.args:
        if isinstance(argument, str):
            return argument
        if isinstance(argument, dict):
            name = argument.get("name") or argument.get("tableName")
            schema = argument.get("schema")
            return f"{schema}.{name}" if isinstance(name, str) and isinstance(schema, str) else (name if isinstance(name, str) else "")
    return ""


def _options(call: Call) -> "dict[str, Any]":
    found: dict[str, Any] = {}
    for argument in call.args:
        if isinstance(argument, dict):
            found.update(argument)
    return found


def _has(call: Call, option: str) -> bool:
    return _options(call).get(option) is True


def _key_columns(call: Call) -> "list[str]":
    for argument in call.args:
        if isinstance(argument, list):
            return [a for a in argument if isinstance(a, str)]
        if isinstance(argument, Lambda):
            return re.findall(r"\w+\.(\w+)", argument.node.text())
        if isinstance(argument, dict):
            value = argument.get("properties") or argument.get("columns")
            return [value] if isinstance(value, str) else [a for a in value or [] if isinstance(a, str)]
    return []


def _field(node: "SgNode", decorators: "list[Call]") -> "dict[str, Any] | None":
    name = node.field("name")
    annotation = node.field("type")
    marks = {call.last: call for call in decorators}
    if name is None or not (marks.keys() & (_COLUMN | _TO_ONE | {"ManyToMany", "JoinTable"})):
        return None
    if "BelongsTo" in marks and not marks.keys() & (_COLUMN | {"ForeignKey"}):
        return None  # sequelize-typescript: the object; its column is a field of its own
    shown = annotation.text().lstrip(": ") if annotation is not None else ""
    options: dict[str, Any] = {}
    for mark in _COLUMN & marks.keys():
        options.update(_options(marks[mark]))
    first = next((a for m in _COLUMN & marks.keys() for a in marks[m].args if isinstance(a, str)), "")
    field: dict[str, Any] = {
        "name": name.text(),
        "column": options.get("name") or options.get("fieldName") or options.get("field") or "",
        "type": options.get("type") if isinstance(options.get("type"), str) else first or _TYPES.get(shown.partition("|")[0].strip(), ""),
        "null": options.get("nullable") is True
        or options.get("allowNull") is True
        or ("| null" in shown and "nullable" not in options and "Property" in marks),
        "primary": bool(_PRIMARY & marks.keys()) or options.get("primary") is True or options.get("primaryKey") is True,
        "unique": options.get("unique") is True or "Unique" in marks or ("Index" in marks and _has(marks["Index"], "unique")),
        "index": options.get("index") is True or ("Index" in marks and not _has(marks["Index"], "unique")),
        "target": "",
        "one": "OneToOne" in marks,
    }
    relation = next((marks[mark] for mark in ("ManyToOne", "OneToOne", "ForeignKey") if mark in marks), None)
    if relation is not None:
        _relation(field, relation, marks, shown)
    if "ManyToMany" in marks and "JoinTable" in marks:
        field["many"] = _target(marks["ManyToMany"], shown)
        field["join"] = _entity_table(marks["JoinTable"])
    elif "ManyToMany" in marks:
        return None
    return field


def _target(call: Call, shown: str) -> str:
    first = call.args[0] if call.args else None
    if isinstance(first, Lambda):
        body = first.node.field("body")
        return body.text().strip("() ") if body is not None else ""
    if isinstance(first, str):
        return first
    options = _options(call)
    entity = options.get("entity")
    if isinstance(entity, Lambda):
        body = entity.node.field("body")
        return body.text().strip("() ") if body is not None else ""
    return (
        re.sub(r"(Relation|Ref|Rel|Promise|IdentifiedReference|Reference)<(\w+).*", r"\2", shown)
        .partition("|")[0]
        .partition("[")[0]
        .strip("?! ")
    )


def _relation(field: "dict[str, Any]", call: Call, marks: "dict[str, Call]", shown: str) -> None:
    options = _options(call)
    owner = (
        call.last != "OneToOne"
        or "JoinColumn" in marks
        or options.get("owner") is True
        or (
            "mappedBy" not in options
            and len(call.args) < 2
            and "JoinColumn" not in marks
            and field["name"]
            and options.get("inversedBy") is not None
        )
    )
    if call.last == "OneToOne" and not owner:
        field["skip"] = True
        return
    field["target"] = _target(call, shown)
    if call.last == "ForeignKey":
        return  # sequelize-typescript: the decorated field is the column itself
    field["relation"] = True
    join = _options(marks["JoinColumn"]) if "JoinColumn" in marks else {}
    field["column"] = join.get("name") or options.get("joinColumn") or options.get("fieldName") or ""
    field["null"] = options.get("nullable") is not False if "Property" not in marks else options.get("nullable") is True
    field["enforced"] = options.get("createForeignKeyConstraints") is not False


def _sequelize(root: "SgNode") -> "list[dict[str, Any]]":
    found = []
    for node in root.find_all(kind="call_expression"):
        call = javascript(node)
        if not isinstance(call, Call) or call.last not in {"define", "init"} or not call.args:
            continue
        if call.last == "define" and len(call.args) > 1 and isinstance(call.args[0], str) and isinstance(call.args[1], dict):
            name, columns, rest = call.args[0], call.args[1], call.args[2:]
        elif call.last == "init" and isinstance(call.args[0], dict) and len(call.args) > 1 and isinstance(call.args[1], dict):
            name, columns, rest = call.name.rpartition(".")[0], call.args[0], call.args[1:]
        else:
            continue
        options = rest[0] if rest and isinstance(rest[0], dict) else {}
        if call.last == "init" and "sequelize" not in options and "modelName" not in options:
            continue
        name = options["modelName"] if isinstance(options.get("modelName"), str) else name
        table = options["tableName"] if isinstance(options.get("tableName"), str) else ""
        operations = [op for key, value in columns.items() for op in migrations.sequelize_column("", key, value)]
        found.append(
            {
                "kind": "sequelize",
                "class": name,
                "table": table,
                "line": call.line,
                "ops": operations,
                "timestamps": options.get("timestamps") is not False,
                "underscored": options.get("underscored") is True,
                "freeze": options.get("freezeTableName") is True,
            }
        )
    return found


# all files together


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def tables(items: "list[tuple[str, dict[str, Any]]]", snake: bool) -> "list[Table]":
    drizzle = [(path, item) for path, item in items if item["kind"] == "drizzle"]
    classes = [(path, item) for path, item in items if item["kind"] == "class"]
    defined = [(path, item) for path, item in items if item["kind"] == "sequelize"]
    return [*_drizzle_tables(drizzle), *_class_tables(classes, snake), *_defined_tables(defined)]


def _drizzle_tables(items: "list[tuple[str, dict[str, Any]]]") -> "list[Table]":
    by_variable = {item["class"]: item["table"] for _path, item in items}
    schema = Schema("drizzle")
    for path, item in items:
        what: dict[str, Any] = {
            "columns": [],
            "primary_key": [],
            "foreign_keys": [],
            "unique": [],
            "indexes": [],
            "line": item["line"],
            "name": item["class"],
        }
        by_key = {column["key"]: column["name"] for column in item["columns"]}
        for column in item["columns"]:
            what["columns"].append([column["name"], column["type"], column["null"]])
            if column["primary"]:
                what["primary_key"].append(column["name"])
            if column["unique"]:
                what["unique"].append({"columns": [column["name"]]})
            if column["target"] in by_variable:
                what["foreign_keys"].append({"columns": [column["name"]], "references": by_variable[column["target"]]})
        for key in item["keys"]:
            columns = [by_key.get(name, name) for name in key["columns"]]
            if key["kind"] == "primary":
                what["primary_key"] = columns
            elif key["kind"] == "foreign" and key["target"] in by_variable:
                what["foreign_keys"].append({"columns": columns, "references": by_variable[key["target"]]})
            elif key["kind"] in {"unique", "index"}:
                what["unique" if key["kind"] == "unique" else "indexes"].append({"columns": columns, "plain": key["plain"]})
        schema.apply([["create_table", item["table"], what]], path)
    return schema.tables()


def _class_tables(items: "list[tuple[str, dict[str, Any]]]", snake: bool) -> "list[Table]":  # noqa: C901
    by_name = {item["class"]: item for _path, item in items}
    mikro = any(field.get("mikro") for _p, item in items for field in item["fields"]) or any(item["mikro"] for _p, item in items)
    orm = "sequelize" if any(item["sequelize"] for _p, item in items) else ("mikro-orm" if mikro else "typeorm")

    def table(item: "dict[str, Any]") -> str:
        if item["table"]:
            return str(item["table"])
        return item["class"] + "s" if item["sequelize"] else _snake(item["class"])

    def fields(item: "dict[str, Any]", seen: "set[str]") -> "list[dict[str, Any]]":
        base = by_name.get(item["base"].rpartition(".")[2])
        if base is None or base["class"] in seen:
            return list(item["fields"])
        above = fields(base, {*seen, base["class"]})
        own = {field["name"] for field in item["fields"]}
        return [field for field in above if field["name"] not in own] + list(item["fields"])

    def key_of(name: str) -> "tuple[str, str]":
        item = by_name.get(name)
        primary = next((f for f in fields(item, {name}) if f["primary"]), None) if item else None
        return (primary["column"] or primary["name"], primary["type"]) if primary else ("id", "")

    schema = Schema(orm)
    joins: list[tuple[str, Operation]] = []
    for path, item in items:
        if not item["entity"]:
            continue
        what: dict[str, Any] = {
            "columns": [],
            "primary_key": [],
            "foreign_keys": [],
            "unique": [],
            "indexes": [],
            "line": item["line"],
            "name": item["class"],
        }
        names: dict[str, str] = {}
        for field in fields(item, {item["class"]}):
            if field.get("skip"):
                continue
            if field.get("many"):
                joins.append((path, _join(item, field, table, by_name, key_of, snake or mikro)))
                continue
            column = field["column"]
            if not isinstance(column, str) or not column:
                base = field["name"]
                if field.get("relation"):
                    suffix = key_of(field["target"])[0]
                    base = f"{base}_{suffix}" if snake or mikro else base + suffix[:1].upper() + suffix[1:]
                column = _snake(base) if snake or mikro else base
            names[field["name"]] = column
            kind = key_of(field["target"])[1] if field.get("relation") else field["type"]
            if column not in [c[0] for c in what["columns"]]:
                what["columns"].append([column, _TYPES.get(str(kind), str(kind or "")), field["null"] and not field["primary"]])
            if field["primary"]:
                what["primary_key"].append(column)
            if field["target"] and field["target"] in by_name:
                what["foreign_keys"].append(
                    {"columns": [column], "references": table(by_name[field["target"]]), "enforced": field.get("enforced", True)}
                )
                if mikro and not field["one"] and not field["primary"]:
                    what["indexes"].append({"columns": [column]})
            if field["unique"] or (field["one"] and field.get("relation")):
                what["unique"].append({"columns": [column]})
            elif field["index"]:
                what["indexes"].append({"columns": [column]})
        for unique, columns in item["keys"]:
            what["unique" if unique else "indexes"].append({"columns": [names.get(c, c) for c in columns]})
        if what["columns"]:
            schema.apply([["create_table", table(item), what]], path)
    for path, operation in joins:
        schema.apply([operation], path)
    return schema.tables()


def _join(item: "dict[str, Any]", field: "dict[str, Any]", table: "Any", by_name: "Any", key_of: "Any", snake: bool) -> Operation:
    """The table of a many-to-many relation, by TypeORM's naming."""
    own, target = table(item), table(by_name[field["many"]]) if field["many"] in by_name else _snake(field["many"])
    name = field["join"] or f"{own}_{_snake(field['name'])}_{target}"
    keys = []
    for entity, referenced in ((item["class"], own), (field["many"], target)):
        suffix = key_of(entity)[0]
        stem = _snake(referenced) if snake else re.sub(r"_(\w)", lambda m: m.group(1).upper(), referenced)
        keys.append((f"{stem}_{suffix}" if snake else stem + suffix[:1].upper() + suffix[1:], referenced, key_of(entity)[1]))
    what = {
        "columns": [[column, _TYPES.get(kind, kind), False] for column, _t, kind in keys],
        "primary_key": [column for column, _t, _k in keys],
        "foreign_keys": [{"columns": [column], "references": referenced} for column, referenced, _k in keys],
        "indexes": [{"columns": [column]} for column, _t, _k in keys],
        "line": item["line"],
    }
    return ["create_table", name, what]


def _defined_tables(items: "list[tuple[str, dict[str, Any]]]") -> "list[Table]":
    schema = Schema("sequelize")
    for path, item in items:
        name = item["table"] or (
            item["class"] if item["freeze"] else _plural(_snake(item["class"]) if item["underscored"] else item["class"])
        )
        operations: list[Operation] = [["create_table", name, {"columns": [], "line": item["line"], "name": item["class"]}]]
        own = [[op[0], name, *op[2:]] for op in item["ops"]]
        if not any(op[0] == "add_primary_key" for op in own):
            operations.extend([["add_column", name, ["id", "int", False]], ["add_primary_key", name, ["id"]]])
        operations.extend(own)
        if item["timestamps"]:
            stamps = ("created_at", "updated_at") if item["underscored"] else ("createdAt", "updatedAt")
            operations.extend(["add_column", name, [stamp, "timestamptz", False]] for stamp in stamps)
        schema.apply(operations, path)
    return schema.tables()
