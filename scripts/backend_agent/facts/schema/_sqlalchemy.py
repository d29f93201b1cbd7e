"""SQLAlchemy and SQLModel classes, and `Table(…)` objects, resolved across files with their mixins."""

import re

from backend_agent.facts.schema import _alembic
from backend_agent.facts.schema.state import Schema
from backend_agent.facts.schema.values import Call, Name, line, python
from backend_agent.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode


def wants(text: str) -> bool:
    return "Column(" in text or "mapped_column" in text or "__tablename__" in text or "SQLModel" in text


def extract(root: "SgNode") -> "list[dict[str, Any]]":
    classes = [_class(node) for node in root.find_all(kind="class_definition")]
    tables = [_table(node) for node in root.find_all(kind="call", has={"field": "function", "regex": r"(^|\.)Table$"})]
    return [item for item in [*classes, *tables] if item]


def _class(node: "SgNode") -> "dict[str, Any] | None":
    name = node.field("name")
    supers = node.field("superclasses")
    body = node.field("body")
    bases, table_model = [], False
    for child in supers.children() if supers is not None else []:
        if child.kind() == "keyword_argument":
            table_model = table_model or child.text().replace(" ", "") == "table=True"
        elif child.is_named():
            bases.append(re.sub(r"\[.*", "", child.text(), flags=re.DOTALL).rpartition(".")[2])
    found: dict[str, Any] = {
        "class": name.text() if name else "",
        "bases": bases,
        "line": line(node),
        "table": "",
        "sqlmodel": table_model,
        "columns": [],
        "primary_key": [],
        "foreign_keys": [],
        "unique": [],
        "indexes": [],
        "abstract": False,
    }
    for statement in body.children() if body is not None else []:
        if statement.kind() == "expression_statement":
            _assignment(statement.children()[0], found)
        elif statement.kind() == "decorated_definition" and "declared_attr" in statement.text():
            _declared(statement, found)
    return found if found["class"] else None


def _declared(node: "SgNode", found: "dict[str, Any]") -> None:
    """`@declared_attr` methods that return a column or a constant table name."""
    function = node.find(kind="function_definition")
    returned = node.find(kind="return_statement")
    if function is None or returned is None:
        return
    name = function.field("name")
    value = python(returned.children()[-1])
    if name is not None and isinstance(value, Call) and value.last in {"Column", "mapped_column"}:
        _alembic.column(value, found, name.text())
    elif name is not None and name.text() == "__tablename__":
        made = returned.text()
        snake = "lower" not in made or re.search(r"(?i)snake|underscore|\bsub\(", made)
        found["table"] = value if isinstance(value, str) else ("snake:" if snake else "lower:")


def _assignment(node: "SgNode", found: "dict[str, Any]") -> None:
    if node.kind() != "assignment":
        return
    target, annotation, right = node.field("left"), node.field("type"), node.field("right")
    name = target.text() if target is not None else ""
    if name == "__tablename__":
        found["table"] = python(right) if right is not None and isinstance(python(right), str) else ""
    elif name == "__abstract__":
        found["abstract"] = right is not None and right.text() == "True"
    elif name == "__table_args__":
        _table_args(python(right), found)
    else:
        mapped = re.match(r"(?s)(?:\w+\.)?Mapped\[(.*)\]$", annotation.text().strip("'\"")) if annotation is not None else None
        value = python(right)
        if isinstance(value, Call) and value.last in {"Column", "mapped_column"}:
            _alembic.column(value, found, name, mapped.group(1) if mapped else "")
        elif found["sqlmodel"] and annotation is not None:
            _sqlmodel(name, annotation.text(), value, found)
        elif mapped and right is None and not re.match(r"(list|List|set|Set)\b|\"", mapped.group(1)):
            _alembic.column(Call("mapped_column", [], {}, None, 0), found, name, mapped.group(1))
        elif annotation is not None and isinstance(value, Call) and value.last == "Field":
            _sqlmodel(name, annotation.text(), value, found)
        elif annotation is not None and (right is None or not isinstance(value, Call)) and not mapped:
            found.setdefault("plain", []).append([name, annotation.text(), right is not None])


def _sqlmodel(name: str, annotation: str, value: "Any", found: "dict[str, Any]") -> None:
    call = value if isinstance(value, Call) else Call("Field", [], {}, None, 0)
    if call.last == "Relationship" or re.match(r"(list|List)\b", annotation):
        return
    kwargs = dict(call.kwargs)
    args: list[Any] = []
    if isinstance(kwargs.get("foreign_key"), str):
        args.append(Call("ForeignKey", [kwargs["foreign_key"]], {}, None, 0))
    if "sa_type" in kwargs:
        args.insert(0, kwargs["sa_type"])
    column = kwargs.get("sa_column")
    if isinstance(column, Call):
        _alembic.column(column, found, name, annotation)
        return
    kept: dict[str, Any] = {key: kwargs[key] for key in ("primary_key", "unique", "index", "nullable") if key in kwargs}
    _alembic.column(Call("mapped_column", args, kept, None, 0), found, name, annotation)


def _table_args(value: "Any", found: "dict[str, Any]") -> None:
    items = value if isinstance(value, list) else []
    what = _alembic.table_items(items)
    for key in ("foreign_keys", "unique", "indexes"):
        found[key].extend(what[key])
    for item in [*items, value]:
        if isinstance(item, dict) and isinstance(item.get("schema"), str):
            found["schema"] = item["schema"]


def _table(node: "SgNode") -> "dict[str, Any] | None":
    call = python(node)
    if not isinstance(call, Call) or not call.args or not isinstance(call.args[0], str) or len(call.args) < 3:
        return None
    what = _alembic.table_items(call.args[1:])
    return {**what, "class": "", "bases": [], "table": call.args[0], "line": call.line, "abstract": False} if what["columns"] else None


ROOTS = {"Base", "DeclarativeBase", "Model", "SQLModel", "DeclarativeBaseNoMeta", "BaseModel"}


def models(classes: "list[tuple[str, dict[str, Any]]]") -> "list[Table]":
    """Tables of the classes of all files: columns of bases first, as the mapper adds them."""
    by_name: dict[str, tuple[str, dict[str, Any]]] = {}
    for path, found in classes:
        if found["class"]:
            by_name.setdefault(found["class"], (path, found))
    tables = {found["class"]: _table_name(found, by_name) for _path, found in classes if found["class"]}
    schema = Schema("sqlalchemy")
    labels: dict[str, tuple[str, str, int]] = {}
    for path, found in classes:
        table = tables.get(found["class"], "") if found["class"] else found["table"]
        if not table or found["abstract"]:
            continue
        what = _with_bases(found, by_name, set())
        if not what["columns"]:
            continue
        for fk in what["foreign_keys"]:
            if fk["references"].startswith("class:"):
                fk["references"] = (
                    tables.get(fk["references"][6:].rpartition(".")[2] or fk["references"][6:], "") or fk["references"][6:].lower()
                )
        known = table.lower() in labels
        if known:  # single-table inheritance: the child adds its columns
            schema.apply([["add_column", table, c] for c in what["columns"]], path)
            continue
        labels[table.lower()] = (found["class"], path, found["line"])
        schema.apply([["create_table", table, {**what, "line": found["line"], "name": found["class"]}]], path)
    return [
        table._replace(orm="sqlmodel" if by_name.get(table.name, ("", {}))[1].get("sqlmodel") else "sqlalchemy")
        for table in schema.tables()
    ]


def _ancestors(found: "dict[str, Any]", by_name: "dict[str, tuple[str, dict[str, Any]]]", seen: "set[str]") -> "list[dict[str, Any]]":
    result = []
    for base in found["bases"]:
        if base in by_name and base not in seen and base != found["class"]:
            seen.add(base)
            result.extend([*_ancestors(by_name[base][1], by_name, seen), by_name[base][1]])
    return result


def _table_name(found: "dict[str, Any]", by_name: "dict[str, tuple[str, dict[str, Any]]]") -> str:
    above = _ancestors(found, by_name, set())
    own = found["table"]
    if own and not own.endswith(":"):
        return f"{found['schema']}.{own}" if found.get("schema") else own
    roots = {base for item in [found, *above] for base in item["bases"]} | {item["class"] for item in above}
    if found["sqlmodel"]:
        return str(found["class"]).lower()
    rules = [item["table"] for item in above if item["table"].endswith(":")]
    if not found["columns"]:
        named = next((item["table"] for item in above if item["table"] and not item["table"].endswith(":") and item["columns"]), "")
        return named if not rules or named else ""
    concrete = next((item["table"] for item in above if item["table"] and not item["table"].endswith(":") and not item["abstract"]), "")
    if concrete:
        return concrete
    if rules:
        return str(found["class"]).lower() if rules[0] == "lower:" else _snake(found["class"])
    return _snake(found["class"]) if "Model" in roots and found["primary_key"] else ""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _with_bases(found: "dict[str, Any]", by_name: "dict[str, tuple[str, dict[str, Any]]]", seen: "set[str]") -> "dict[str, Any]":
    what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": [], "indexes": []}
    for item in [*_ancestors(found, by_name, seen), found]:
        if (
            item is not found
            and item["table"]
            and not item["table"].endswith(":")
            and item["columns"]
            and found["table"]
            and found["columns"]
        ):
            continue  # joined-table inheritance: the parent has its own table
        own = {column[0] for column in item["columns"]}
        what["columns"] = [column for column in what["columns"] if column[0] not in own] + [list(c) for c in item["columns"]]
        if found.get("sqlmodel"):
            _plain(item, what)
        for key in ("foreign_keys", "unique", "indexes"):
            what[key].extend(dict(entry) for entry in item[key])
        what["primary_key"].extend(name for name in item["primary_key"] if name not in what["primary_key"])
    return what


def _plain(item: "dict[str, Any]", what: "dict[str, Any]") -> None:
    """SQLModel: an annotated attribute without Field(…) is a column as well."""
    for name, annotation, _default in item.get("plain", []):
        if not name.startswith("_") and name != "model_config" and not re.match(r"(list|List|ClassVar)\b", annotation):
            call = Call("mapped_column", [], {}, None, 0)
            if name not in {column[0] for column in what["columns"]}:
                _alembic.column(call, what, name, annotation)


__all__ = ["Name", "extract", "models", "wants"]
