"""Alembic migrations: the calls on `op` inside `upgrade`, read as operations (alembic.sqlalchemy.org/en/latest/ops.html)."""

import re

from backend_agent.facts.schema import sql
from backend_agent.facts.schema.state import Operation
from backend_agent.facts.schema.values import Call, Name, branch, python, resolved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

TYPES = {
    "integer": "int",
    "smallinteger": "smallint",
    "biginteger": "bigint",
    "string": "varchar",
    "unicode": "varchar",
    "unicodetext": "text",
    "boolean": "bool",
    "datetime": "timestamp",
    "largebinary": "bytea",
    "numeric": "numeric",
    "float": "float",
    "double": "float",
    "double_precision": "float",
    "uuid": "uuid",
    "guid": "uuid",
    "json": "json",
    "jsonb": "jsonb",
    "enum": "enum",
    "text": "text",
    "date": "date",
    "time": "time",
    "interval": "interval",
    "autostring": "varchar",
    "array": "array",
}


def is_migration(text: str) -> bool:
    """A revision, also one that only merges others: that imports nothing."""
    return "def upgrade" in text and bool(re.search(r"(?m)^\s*(down_)?revision\b", text)) and bool(_ALEMBIC.search(text))


_ALEMBIC = re.compile(r"(?m)\bop\b|^down_revision\b")


def extract(root: "SgNode", text: str) -> "dict[str, Any]":
    revision = re.search(r"(?m)^revision\b[^=\n]*=\s*['\"]([^'\"]+)", text)
    down = re.search(r"(?m)^down_revision\b[^=\n]*=\s*(\([^)]*\)|\[[^\]]*\]|[^\n]+)", text)
    parents = re.findall(r"['\"]([^'\"]+)['\"]", down.group(1).split("#")[0]) if down else []
    upgrade = _function(root, "upgrade")
    found = _operations(upgrade, root) if upgrade is not None else []
    return {"tool": "alembic", "id": revision.group(1) if revision else "", "parents": parents, "ops": found}


def _function(root: "SgNode", name: str) -> "SgNode | None":
    return root.find(kind="function_definition", has={"field": "name", "regex": f"^{name}$"})


def _constants(scope: "SgNode", known: "dict[str, Any]") -> "dict[str, Any]":
    """The names that a block assigns once to a literal, added to those already known."""
    found = dict(known)
    for statement in scope.children():
        node = statement.children()[0] if statement.kind() == "expression_statement" else None
        if node is not None and node.kind() == "assignment":
            left, value = node.field("left"), resolved(python(node.field("right")), found)
            if left is not None and left.kind() == "identifier" and isinstance(value, str | int | list | dict | Call):
                found[left.text()] = value
    return found


def _returned(root: "SgNode") -> "dict[str, Any]":
    """What the functions of the file return that give columns: `*timestamps()`."""
    found = {}
    for function in root.find_all(kind="function_definition", has={"kind": "return_statement", "stopBy": "end"}):
        name, returned = function.field("name"), function.find(kind="return_statement")
        if name is not None and returned is not None and name.text() not in {"upgrade", "downgrade"}:
            found[f"{name.text()}()"] = python(returned.children()[-1])
    return found


def _operations(function: "SgNode", root: "SgNode", depth: int = 0, known: "dict[str, Any] | None" = None) -> "list[Operation]":
    if known is None:
        known = _constants(root, _returned(root))
    body = function.field("body") or function
    known = _constants(body, known)
    found: list[Operation] = []
    batches: dict[str, str] = {}
    passed: list[tuple[int, int]] = []
    for node in body.find_all(any=[{"kind": kind} for kind in ("call", "with_item", "for_statement", "if_statement")]):
        span = node.range()
        if any(begin <= span.start.index and span.end.index <= end for begin, end in passed):
            continue
        kind = node.kind()
        if kind == "for_statement":
            bindings = _bindings(node, known)
            inner = node.field("body")
            if bindings and inner is not None:
                passed.append((span.start.index, span.end.index))
                for binding in bindings:
                    found.extend(_operations(inner, root, depth, {**known, **binding}))
        elif kind == "if_statement":
            passed.extend(_untaken(node))
        elif kind == "with_item":
            batches.update(_batch(node, known))
        else:
            found.extend(_called(node, root, depth, known, batches))
    return found


def _called(node: "SgNode", root: "SgNode", depth: int, known: "dict[str, Any]", batches: "dict[str, str]") -> "list[Operation]":
    callee = node.field("function")
    name = callee.text() if callee is not None else ""
    receiver, _, verb = name.rpartition(".")
    if receiver == "op" or receiver in batches:
        return _one(verb, resolved(python(node), known), batches.get(receiver))
    if receiver or depth > 1 or not name.isidentifier() or name == "upgrade":
        return []
    inner = _function(root, name)  # a helper of the same file
    if inner is None:
        return []
    parameters = inner.field("parameters")
    names = [re.split(r"[:=]", child.text())[0].strip() for child in parameters.children() if child.is_named()] if parameters else []
    call = resolved(python(node), known)
    given = {**dict(zip(names, call.args, strict=False)), **call.kwargs} if isinstance(call, Call) else {}
    return _operations(inner, root, depth + 1, {**known, **given})


def _batch(node: "SgNode", known: "dict[str, Any]") -> "dict[str, str]":
    match = re.match(r"(?s)\s*op\.batch_alter_table\(.*\)\s+as\s+(\w+)\s*$", node.text())
    call = node.find(kind="call")
    value = resolved(python(call), known) if match and call is not None else None
    if match is None or not isinstance(value, Call):
        return {}
    table = _schema(value.kwargs) + _text(value.args[0] if value.args else value.kwargs.get("table_name"))
    return {match.group(1): table} if table else {}


def _bindings(node: "SgNode", known: "dict[str, Any]") -> "list[dict[str, Any]]":
    """What a loop over a literal gives its names, turn by turn; nothing where that is not known."""
    left, items = node.field("left"), resolved(python(node.field("right")), known)
    if isinstance(items, Call) and items.last in {"items", "keys"}:
        table = items.on if isinstance(items.on, dict) else known.get(items.name.rpartition(".")[0])
        items = [[key, value] if items.last == "items" else key for key, value in table.items()] if isinstance(table, dict) else None
    if isinstance(items, dict):
        items = list(items)
    if left is None or not isinstance(items, list) or len(items) > 500:
        return []
    names = [name.text() for name in left.children() if name.kind() == "identifier"] or [left.text()]
    rows = [item if len(names) > 1 and isinstance(item, list) else [item] for item in items]
    return [dict(zip(names, row, strict=False)) for row in rows]


def _untaken(node: "SgNode") -> "list[tuple[int, int]]":
    """The spans of a condition that a server database does not run: `if dialect == "sqlite": … else: …`."""
    condition, consequence = node.field("condition"), node.field("consequence")
    taken = branch(condition.text()) if condition is not None else None
    if taken is None or consequence is None:
        return []
    others = [child for child in node.children() if child.kind() in {"else_clause", "elif_clause"}]
    return [(child.range().start.index, child.range().end.index) for child in ([consequence] if not taken else others)]


def _partial(kwargs: "dict[str, Any]") -> bool:
    """Whether an index covers some rows only, or is of a kind that finds no value by its column alone."""
    return any(key.endswith("_where") for key in kwargs) or kwargs.get("postgresql_using") not in {None, "btree", "hash"}


def _key_column(value: "Any") -> "tuple[str, bool]":
    """A column of an index and whether it is a plain one: `"x"`, `desc("x")`, `User.x.desc()`, `text("x DESC")`."""
    if isinstance(value, str):
        match = re.fullmatch(r"(?i)\s*\"?([\w$]+)\"?(\s+(asc|desc))?(\s+nulls\s+(first|last))?\s*", value)
        return (match.group(1), True) if match else ("", False)
    if isinstance(value, Name):
        return value.name.rpartition(".")[2], True
    if not isinstance(value, Call):
        return "", False
    if value.last in {"desc", "asc", "nulls_last", "nulls_first", "nullslast", "nullsfirst", "text", "literal_column", "column", "f"}:
        if value.args:
            return _key_column(value.args[0])
        owner = value.on if value.on is not None else Name(value.name.rpartition(".")[0])
        return _key_column(owner)
    return "", False


def _text(value: "Any") -> str:
    """A name: a string, or `op.f("name")`."""
    if isinstance(value, Call) and value.last in {"f", "text", "quoted_name"} and value.args:
        return _text(value.args[0])
    return value if isinstance(value, str) else ""


def _names(value: "Any") -> "list[str]":
    return [_text(item) for item in value if _text(item)] if isinstance(value, list) else ([value] if isinstance(value, str) else [])


def _one(verb: str, call: Call, batch: "str | None") -> "list[Operation]":  # noqa: C901
    args = list(call.args)
    kwargs = call.kwargs
    if verb == "create_table":
        table = _text(args[0]) if args else _text(kwargs.get("table_name") or kwargs.get("name"))
        return [["create_table", _schema(kwargs) + table, {**table_items(args[1:]), "line": call.line}]] if table else []
    if verb == "execute":
        statement = _text(args[0]) if args else _text(kwargs.get("sqltext"))
        return sql.operations(statement, call.line) if statement else []

    def table_and_rest(*keys: str) -> "tuple[str, list[Any]]":
        if batch is not None:
            return batch, args
        for key in keys:
            if key in kwargs:
                return _schema(kwargs) + _text(kwargs[key]), args
        return (_schema(kwargs) + _text(args[0]), args[1:]) if args else ("", [])

    if verb in {
        "create_index",
        "create_unique_constraint",
        "create_foreign_key",
        "create_primary_key",
        "drop_index",
        "drop_constraint",
    }:
        return _key_operation(verb, args, kwargs, batch)
    if verb == "drop_table":
        return [["drop_table", _text(args[0] if args else kwargs.get("table_name"))]]
    if verb == "rename_table" and len(args) >= 2:
        return [["rename_table", _text(args[0]), _text(args[1])]]
    table, rest = table_and_rest("table_name")
    if verb == "add_column":
        column = rest[0] if rest else kwargs.get("column")
        return add_column(table, column) if isinstance(column, Call) else []
    column_name = _text(rest[0]) if rest else _text(kwargs.get("column_name"))
    if verb == "drop_column":
        return [["drop_column", table, column_name]]
    if verb == "alter_column":
        what: dict[str, Any] = {}
        if isinstance(kwargs.get("nullable"), bool):
            what["null"] = kwargs["nullable"]
        if "type_" in kwargs:
            what["type"] = type_name(kwargs["type_"])
        found: list[Operation] = [["alter_column", table, column_name, what]] if what else []
        new = _text(kwargs.get("new_column_name") or kwargs.get("name"))
        return [*found, ["rename_column", table, column_name, new]] if new else found
    return []


def _schema(kwargs: "dict[str, Any]") -> str:
    schema = kwargs.get("schema")
    return f"{schema}." if isinstance(schema, str) else ""


def _key_operation(verb: str, args: "list[Any]", kwargs: "dict[str, Any]", batch: "str | None") -> "list[Operation]":
    def at(index: int, *keys: str) -> "Any":
        for key in keys:
            if key in kwargs:
                return kwargs[key]
        return args[index] if index < len(args) else None

    name = _text(at(0, "index_name", "constraint_name", "name"))
    shift = 0 if batch is not None else 1
    table = batch if batch is not None else _schema(kwargs) + _text(at(1, "table_name", "source_table", "source"))
    if verb == "create_index":
        columns = at(1 + shift, "columns")
        partial = _partial(kwargs)
        pairs = [_key_column(column) for column in columns] if isinstance(columns, list) else []
        names = [column for column, _plain in pairs if column]
        plain = not partial and isinstance(columns, list) and all(ok for _column, ok in pairs)
        return [
            [
                "add_unique" if kwargs.get("unique") is True else "add_index",
                table,
                {"name": name, "columns": names, "plain": plain},
            ]
        ]
    if verb == "create_unique_constraint":
        return [["add_unique", table, {"name": name, "columns": _names(at(1 + shift, "columns"))}]]
    if verb == "create_primary_key":
        return [["add_primary_key", table, _names(at(1 + shift, "columns"))]]
    if verb == "create_foreign_key":
        target = _text(at(1 + shift, "referent_table", "referent"))
        schema = kwargs.get("referent_schema")
        target = f"{schema}.{target}" if isinstance(schema, str) else target
        fk = {
            "name": name,
            "columns": _names(at(2 + shift, "local_cols")),
            "references": target,
            "ref_columns": _names(at(3 + shift, "remote_cols")),
        }
        return [["add_foreign_key", table, fk]] if fk["columns"] and target else []
    if verb == "drop_index":
        return [["drop_index", table if batch is not None or len(args) > 1 or "table_name" in kwargs else "", name]]
    return [["drop_constraint", table, name]]


def type_name(value: "Any") -> str:
    """A SQLAlchemy type as SQL would call it; "" where it is an unknown class."""
    if isinstance(value, Call):
        key = value.last.lower()
        if key == "datetime" and value.kwargs.get("timezone") is True or key == "timestamp" and value.kwargs.get("timezone") is True:
            return "timestamptz"
        if key == "with_variant" and value.on is not None:
            return type_name(value.on)
        return TYPES.get(key, key)
    if isinstance(value, Name):
        key = value.name.rpartition(".")[2].lower()
        return TYPES.get(key, key)
    return ""


def foreign_key(value: Call) -> "dict[str, Any] | None":
    """`ForeignKey("users.id")` or `ForeignKey(User.id)` → the target; the attribute form names a class."""
    target = value.args[0] if value.args else value.kwargs.get("column")
    if isinstance(target, Name):
        target = "class:" + target.name
    if not isinstance(target, str):
        return None
    table, _, column = target.rpartition(".")
    return {"name": _text(value.kwargs.get("name")), "references": table, "ref_columns": [column]}


def add_column(table: str, column: Call) -> "list[Operation]":
    what = table_items([column])
    if not what["columns"]:
        return []
    found: list[Operation] = [["add_column", table, what["columns"][0]]]
    found.extend(["add_foreign_key", table, fk] for fk in what["foreign_keys"])
    found.extend(["add_unique", table, key] for key in what["unique"])
    found.extend(["add_index", table, key] for key in what["indexes"])
    return found


def table_items(items: "list[Any]") -> "dict[str, Any]":
    """Columns and constraints of `Table` or `create_table`."""
    what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": [], "indexes": []}
    for item in items:
        if not isinstance(item, Call):
            continue
        kind = item.last
        if kind in {"Column", "mapped_column"} and item.args:
            column(item, what)
        elif kind == "PrimaryKeyConstraint":
            what["primary_key"] = _names(item.args)
        elif kind == "UniqueConstraint":
            what["unique"].append({"name": _text(item.kwargs.get("name")), "columns": _names(item.args)})
        elif kind == "ForeignKeyConstraint" and len(item.args) >= 2:
            targets = _names(item.args[1])
            if targets:
                what["foreign_keys"].append(
                    {
                        "name": _text(item.kwargs.get("name")),
                        "columns": _names(item.args[0]),
                        "references": targets[0].rpartition(".")[0],
                        "ref_columns": [t.rpartition(".")[2] for t in targets],
                    }
                )
        elif kind == "Index":
            partial = _partial(item.kwargs)
            names = [column if ok else "" for column, ok in map(_key_column, item.args[1:])]
            key = {
                "name": _text(item.args[0]) if item.args else "",
                "columns": [n for n in names if n],
                "plain": all(names) and not partial,
            }
            what["unique" if item.kwargs.get("unique") is True else "indexes"].append(key)
    return what


def column(item: Call, what: "dict[str, Any]", name: str = "", annotation: str = "") -> None:
    """One column into a table's items; `name` where the attribute gives it, `annotation` for `Mapped[…]`."""
    args = list(item.args)
    if args and isinstance(args[0], str):
        name = args.pop(0)
    if isinstance(item.kwargs.get("name"), str):
        name = item.kwargs["name"]
    if not name:
        return
    kind, key = "", None
    for argument in [*args, item.kwargs.get("type_")]:
        if isinstance(argument, Call) and argument.last == "ForeignKey":
            key = foreign_key(argument)
        elif isinstance(argument, Call | Name) and not kind and (not isinstance(argument, Call) or argument.last not in _NOT_TYPES):
            kind = type_name(argument)
    primary = item.kwargs.get("primary_key") is True
    null = item.kwargs.get("nullable")
    if not isinstance(null, bool):
        null = _annotated_null(annotation) if annotation else not primary
    what["columns"].append(
        [name, kind or _ANNOTATIONS.get(annotation.replace("Optional[", "").split("|")[0].strip("[] ").lower(), ""), null]
    )
    if primary and name not in what["primary_key"]:
        what["primary_key"].append(name)
    if key is not None:
        what["foreign_keys"].append({**key, "columns": [name]})
    if item.kwargs.get("unique") is True:
        what["unique"].append({"name": "", "columns": [name]})
    elif item.kwargs.get("index") is True:
        what["indexes"].append({"name": "", "columns": [name]})


_NOT_TYPES = {"Identity", "Computed", "CheckConstraint", "Sequence", "FetchedValue"}
_ANNOTATIONS = {
    "int": "int",
    "str": "varchar",
    "bool": "bool",
    "float": "float",
    "datetime": "timestamp",
    "datetime.datetime": "timestamp",
    "date": "date",
    "uuid": "uuid",
    "uuid.uuid": "uuid",
    "decimal": "numeric",
    "bytes": "bytea",
    "dict": "json",
    "uuid4": "uuid",
}


def _annotated_null(annotation: str) -> bool:
    return "None" in annotation or "Optional" in annotation
