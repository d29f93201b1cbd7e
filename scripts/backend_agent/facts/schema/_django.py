"""Django migrations and models (docs.djangoproject.com: ref/migration-operations, ref/models/fields).

A file's operations name models, not tables; `translate` turns them into operations on tables once all files are in
order, since a table may be named in one file and changed in another.
"""

import re

from backend_agent.facts.schema.state import Operation, Schema
from backend_agent.facts.schema.values import Call, Name, line, python
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

TYPES = {
    "autofield": "int",
    "bigautofield": "bigint",
    "smallautofield": "smallint",
    "integerfield": "int",
    "positiveintegerfield": "int",
    "bigintegerfield": "bigint",
    "positivebigintegerfield": "bigint",
    "smallintegerfield": "smallint",
    "positivesmallintegerfield": "smallint",
    "charfield": "varchar",
    "slugfield": "varchar",
    "emailfield": "varchar",
    "urlfield": "varchar",
    "filepathfield": "varchar",
    "filefield": "varchar",
    "imagefield": "varchar",
    "textfield": "text",
    "booleanfield": "bool",
    "nullbooleanfield": "bool",
    "datetimefield": "timestamptz",
    "datefield": "date",
    "timefield": "time",
    "durationfield": "interval",
    "decimalfield": "numeric",
    "floatfield": "float",
    "uuidfield": "uuid",
    "jsonfield": "jsonb",
    "binaryfield": "bytea",
    "genericipaddressfield": "inet",
    "ipaddressfield": "inet",
    "arrayfield": "array",
    "hstorefield": "hstore",
    "foreignkey": "int",
    "onetoonefield": "int",
}
RELATIONS = {
    "ForeignKey",
    "OneToOneField",
    "ManyToManyField",
    "ParentalKey",
    "ParentalManyToManyField",
    "TreeForeignKey",
    "TreeOneToOneField",
}
NOT_COLUMNS = {"GenericForeignKey", "GenericRelation", "Manager", "CompositePrimaryKey"}


def is_migration(path: str, text: str) -> bool:
    return "migrations.Migration" in text or ("/migrations/" in f"/{path}" and "Migration)" in text and "operations" in text)


def has_models(text: str) -> bool:
    return (
        "django" in text and ("models.Model" in text or "Model)" in text) and ("models." in text or "Field(" in text) and "class " in text
    )


def app_of(path: str) -> str:
    parts = path.split("/")
    for marker in ("migrations", "models"):
        if marker in parts[:-1]:
            index = parts.index(marker)
            return parts[index - 1] if index else ""
    if len(parts) > 2 and "migrations" in parts[-2]:
        return parts[-3]  # MIGRATION_MODULES: a folder of another name inside the app
    return parts[-2] if len(parts) > 1 else ""


def extract(root: "SgNode", path: str) -> "dict[str, Any]":
    app = app_of(path)
    name = path.rpartition("/")[2].removesuffix(".py")
    parents: list[str] = []
    found: list[Operation] = []
    for node in root.find_all(kind="assignment", has={"field": "left", "regex": "^(dependencies|operations|replaces)$"}):
        left, right = node.field("left"), node.field("right")
        value = python(right)
        if not isinstance(value, list) or left is None:
            continue
        if left.text() == "dependencies":
            parents.extend(f"{d[0]}.{d[1]}" for d in value if isinstance(d, list) and len(d) == 2 and all(isinstance(x, str) for x in d))
        elif left.text() == "operations":
            for call in value:
                if isinstance(call, Call):
                    found.extend(_operation(call, app))
        elif left.text() == "replaces":
            found.insert(0, ["replaces", [f"{r[0]}.{r[1]}" for r in value if isinstance(r, list) and len(r) == 2]])
    return {"tool": "django", "id": f"{app}.{name}", "parents": parents, "ops": found, "root": "django", "order": f"{app}/{name}"}


def _get(call: Call, index: int, *keys: str) -> "Any":
    for key in keys:
        if key in call.kwargs:
            return call.kwargs[key]
    return call.args[index] if index < len(call.args) else None


def _operation(call: Call, app: str) -> "list[Operation]":
    kind = call.last.removesuffix("Concurrently").removesuffix("NotValid")  # django.contrib.postgres.operations: the same, without a lock
    if kind == "SeparateDatabaseAndState":
        inner = _get(call, 0, "database_operations") or []
        state = _get(call, 1, "state_operations") or []
        both = [op for part in (inner, state) if isinstance(part, list) for c in part if isinstance(c, Call) for op in _operation(c, app)]
        database = [op for c in inner if isinstance(c, Call) for op in _operation(c, app)] if isinstance(inner, list) else []
        # a model that only changes place keeps its table: the database part decides where it says anything
        return database if any(op[1] == kind for op in database for kind in ("CreateModel", "AddField")) else both
    if kind == "RunSQL":
        from backend_agent.facts.schema import sql

        text = _get(call, 0, "sql")
        text = ";\n".join(t for t in text if isinstance(t, str)) if isinstance(text, list) else text
        return [["sql", *[sql.operations(text, call.line)]]] if isinstance(text, str) else []
    if kind == "CreateModel":
        return [
            [
                "django",
                kind,
                app,
                _get(call, 0, "name"),
                _fields(_get(call, 1, "fields")),
                _options(_get(call, 2, "options")),
                call.line,
            ]
        ]
    if kind in {"AddField", "AlterField"}:
        field = _get(call, 2, "field")
        return [["django", kind, app, _get(call, 0, "model_name"), _get(call, 1, "name"), _field(field)]] if isinstance(field, Call) else []
    if kind in {"AddIndex", "AddConstraint"}:
        key = _get(call, 1, "index", "constraint")
        return [["django", "AddKey", app, _get(call, 0, "model_name"), _key(key)]] if isinstance(key, Call) and _key(key) else []
    simple = {
        "RemoveField": ("model_name", "name"),
        "RenameField": ("model_name", "old_name", "new_name"),
        "RenameModel": ("old_name", "new_name"),
        "DeleteModel": ("name",),
        "AlterUniqueTogether": ("name", "unique_together"),
        "AlterIndexTogether": ("name", "index_together"),
        "AlterModelTable": ("name", "table"),
        "RemoveIndex": ("model_name", "name"),
        "RemoveConstraint": ("model_name", "name"),
    }
    if kind in simple:
        return [["django", kind, app, *[_plain(_get(call, i, key)) for i, key in enumerate(simple[kind])]]]
    return []


def _plain(value: "Any") -> "Any":
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Call) and value.last == "set":
        return _plain(value.args[0]) if value.args else []
    return value if isinstance(value, str | int | bool) or value is None else ""


def _fields(value: "Any") -> "list[list[Any]]":
    pairs = [item for item in value if isinstance(item, list) and len(item) == 2] if isinstance(value, list) else []
    return [[name, _field(call)] for name, call in pairs if isinstance(name, str) and isinstance(call, Call)]


def _field(call: Call) -> "dict[str, Any]":
    """What of a field matters: its class, target and options."""
    kept: dict[str, Any] = {"kind": call.last, "line": call.line}
    for key in ("null", "primary_key", "unique", "db_index", "db_column", "db_constraint", "db_table"):
        value = call.kwargs.get(key)
        if isinstance(value, bool | str):
            kept[key] = value
    relates = call.last in RELATIONS or call.last.endswith("ManyToManyField")  # SortedManyToManyField and its like
    target = call.kwargs.get("to", call.args[0] if call.args and relates else None)
    if relates:
        kept["to"] = target if isinstance(target, str) else ("name:" + target.name if isinstance(target, Name) else "")
        through = call.kwargs.get("through")
        kept["through"] = through if isinstance(through, str) else (through.name if isinstance(through, Name) else "")
    return kept


def _options(value: "Any") -> "dict[str, Any]":
    if not isinstance(value, dict):
        return {}
    kept = {
        key: _plain(value[key]) for key in ("db_table", "proxy", "managed", "abstract", "unique_together", "index_together") if key in value
    }
    keys = [_key(call) for name in ("indexes", "constraints") for call in value.get(name) or [] if isinstance(call, Call)]
    kept["keys"] = [key for key in keys if key]
    return kept


def _key(call: Call) -> "dict[str, Any] | None":
    if call.last not in {"Index", "UniqueConstraint"} and not call.last.endswith("Index"):
        return None
    fields = call.kwargs.get("fields")
    names = [f.lstrip("-") for f in fields if isinstance(f, str)] if isinstance(fields, list) else []
    plain = bool(names) and "condition" not in call.kwargs and call.last in {"Index", "UniqueConstraint", "BTreeIndex"}
    return {
        "name": call.kwargs.get("name") if isinstance(call.kwargs.get("name"), str) else "",
        "columns": names,
        "plain": plain,
        "unique": call.last == "UniqueConstraint",
    }


class _State:
    """Models by (app, name) while the operations are turned into tables."""

    def __init__(self, user: str) -> None:
        self.tables: dict[tuple[str, str], str] = {}
        self.fields: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self.keys: dict[tuple[str, str], str] = {}
        self.user = user

    def target(self, app: str, to: str, own: str) -> "tuple[str, str]":
        if to == "self":
            return app, own.lower()
        if "AUTH_USER_MODEL" in to or to == "name:get_user_model":
            to = self.user
        to = to.removeprefix("name:").removeprefix("settings.")
        head, _, tail = to.rpartition(".")
        return (head.rpartition(".")[2].lower() if head else app.lower()), tail.lower()

    def table(self, key: "tuple[str, str]") -> str:
        return self.tables.get(key, f"{key[0]}_{key[1]}")

    def column(self, key: "tuple[str, str]", field: str) -> str:
        kept = self.fields.get(key, {}).get(field)
        return column_name(field, kept) if kept else field


def column_name(name: str, field: "dict[str, Any]") -> str:
    return str(field.get("db_column") or (f"{name}_id" if field["kind"] in RELATIONS else name))


def translate(repository: Repository, steps: "list[tuple[str, list[Operation]]]") -> "list[tuple[str, list[Operation]]]":
    """Operations on tables, file by file."""
    replaced = {name for _path, operations in steps for op in operations if op[0] == "replaces" for name in op[1]}
    present = {f"{app_of(path)}.{path.rpartition('/')[2].removesuffix('.py')}" for path, _ops in steps}
    squashes = {path for path, operations in steps for op in operations if op[0] == "replaces" and set(op[1]) & present}
    state = _State(_user_model(repository))
    result = []
    for path, operations in steps:
        name = f"{app_of(path)}.{path.rpartition('/')[2].removesuffix('.py')}"
        if path in squashes and name not in replaced:
            continue  # the replaced files are still here and say the same, in smaller steps
        found: list[Operation] = []
        for op in operations:
            if op[0] == "sql":
                found.extend(op[1])
            elif op[0] == "django":
                found.extend(_translate(state, op))
        result.append((path, found))
    return result


def _user_model(repository: Repository) -> str:
    for path in repository.paths:
        if path.endswith(".py") and "settings" in path and "/migrations/" not in path:
            match = re.search(r"(?m)^\s*AUTH_USER_MODEL\s*(?::[^=]+)?=\s*['\"]([\w.]+)['\"]", repository.read(path))
            if match:
                return match.group(1)
    return "auth.User"


def _translate(state: _State, op: Operation) -> "list[Operation]":  # noqa: C901
    kind, app, model = op[1], op[2], str(op[3] or "")
    key = (app.lower(), model.lower())
    if kind == "CreateModel":
        return _create_model(state, key, model, op[4], op[5], op[6])
    table = state.table(key)
    fields = state.fields.setdefault(key, {})
    if kind == "AddField":
        return _add_field(state, key, op[4], op[5])
    if kind == "AlterField":
        return _alter_field(state, key, op[4], op[5])
    if kind == "RemoveField":
        field = fields.pop(op[4], None)
        if field and field["kind"].endswith("ManyToManyField"):
            return [] if field.get("through") else [["drop_table", field.get("db_table") or f"{table}_{op[4]}"]]
        return [["drop_column", table, column_name(op[4], field) if field else op[4]]]
    if kind == "RenameField":
        field = fields.pop(op[4], None)
        if field is None:
            return [["rename_column", table, op[4], op[5]]]
        fields[op[5]] = field
        if field["kind"].endswith("ManyToManyField"):
            return [["rename_table", f"{table}_{op[4]}", f"{table}_{op[5]}"]]
        return [["rename_column", table, column_name(op[4], field), column_name(op[5], field)]]
    if kind == "RenameModel":
        return _rename_model(state, key, str(op[4]))
    if kind == "DeleteModel":
        state.tables.pop(key, None)
        many = [["drop_table", f"{table}_{n}"] for n, f in fields.items() if f["kind"].endswith("ManyToManyField") and not f.get("through")]
        state.fields.pop(key, None)
        return [*many, ["drop_table", table]]
    if kind == "AlterModelTable":
        return _rename_to(state, key, table, str(op[4] or f"{key[0]}_{key[1]}"))
    if kind in {"AlterUniqueTogether", "AlterIndexTogether"}:
        return _together(state, key, kind, op[4])
    if kind == "AddKey":
        return [_key_operation(state, key, op[4])]
    if kind == "RemoveIndex":
        return [["drop_index", table, str(op[4])]]
    if kind == "RemoveConstraint":
        return [["drop_constraint", table, str(op[4])]]
    return []


def _create_model(
    state: _State, key: "tuple[str, str]", model: str, fields: "list[Any]", options: "dict[str, Any]", at: int
) -> "list[Operation]":
    if options.get("proxy") is True or options.get("managed") is False or options.get("abstract") is True:
        return []
    table = options.get("db_table") or f"{key[0]}_{key[1]}"
    state.tables[key] = table
    state.fields[key] = {}
    found: list[Operation] = [["create_table", table, {"columns": [], "line": at, "name": model}]]
    for name, field in fields:
        found.extend(_add_field(state, key, name, field))
    for kind, option in (("AlterUniqueTogether", "unique_together"), ("AlterIndexTogether", "index_together")):
        found.extend(_together(state, key, kind, options.get(option)))
    found.extend(_key_operation(state, key, entry) for entry in options.get("keys", []))
    return found


def _add_field(state: _State, key: "tuple[str, str]", name: str, field: "dict[str, Any]") -> "list[Operation]":
    state.fields.setdefault(key, {})[name] = field
    table, kind = state.table(key), field["kind"]
    if kind in NOT_COLUMNS:
        return []
    if kind.endswith("ManyToManyField"):
        return _many_to_many(state, key, name, field)
    column = column_name(name, field)
    primary = field.get("primary_key") is True
    shown = TYPES.get(kind.lower(), "")
    found: list[Operation] = []
    if kind in RELATIONS:
        target = state.target(key[0], field["to"], key[1])
        shown = _key_type(state, target)
        found.append(["add_foreign_key", table, _foreign_key(state, column, target, field)])
    found.insert(0, ["add_column", table, [column, shown, field.get("null") is True and not primary]])
    if primary:
        found.append(["add_primary_key", table, [column]])
    else:
        found.extend(_single_key(table, column, field))
    return found


def _single_key(table: str, column: str, field: "dict[str, Any]") -> "list[Operation]":
    if field.get("unique") is True or field["kind"] in {"OneToOneField", "TreeOneToOneField"}:
        return [["add_unique", table, {"columns": [column], "name": f"{column} unique"}]]
    by_default = field["kind"] in RELATIONS or field["kind"] == "SlugField"
    if field.get("db_index", by_default) is True:
        return [["add_index", table, {"columns": [column], "name": f"{column} index"}]]
    return []


def _key_type(state: _State, target: "tuple[str, str]") -> str:
    for field in state.fields.get(target, {}).values():
        if field.get("primary_key") is True:
            return {"bigint": "bigint"}.get(TYPES.get(field["kind"].lower(), "int"), TYPES.get(field["kind"].lower(), "int"))
    return "int"


def _foreign_key(state: _State, column: str, target: "tuple[str, str]", field: "dict[str, Any]") -> "dict[str, Any]":
    return {
        "columns": [column],
        "references": state.table(target),
        "enforced": field.get("db_constraint") is not False,
        "name": f"{column} fk",
    }


def _many_to_many(state: _State, key: "tuple[str, str]", name: str, field: "dict[str, Any]") -> "list[Operation]":
    if field.get("through"):
        return []
    table = field.get("db_table") or f"{state.table(key)}_{name}"
    target = state.target(key[0], field["to"], key[1])
    own, other = f"{key[1]}_id", f"{target[1]}_id"
    if target == key:
        own, other = f"from_{key[1]}_id", f"to_{key[1]}_id"
    keys = [(own, key), (other, target)]
    return [
        [
            "create_table",
            table,
            {
                "columns": [["id", "int", False], *[[c, _key_type(state, t), False] for c, t in keys]],
                "primary_key": ["id"],
                "foreign_keys": [{"columns": [c], "references": state.table(t)} for c, t in keys],
                "unique": [{"columns": [own, other]}],
                "indexes": [{"columns": [c]} for c, _t in keys],
                "line": field["line"],
            },
        ]
    ]


def _alter_field(state: _State, key: "tuple[str, str]", name: str, field: "dict[str, Any]") -> "list[Operation]":
    before = state.fields.get(key, {}).get(name)
    table = state.table(key)
    if before is None or before["kind"].endswith("ManyToManyField") or field["kind"].endswith("ManyToManyField"):
        state.fields.setdefault(key, {})[name] = field
        return []
    state.fields[key][name] = field
    old, new = column_name(name, before), column_name(name, field)
    found: list[Operation] = [["rename_column", table, old, new]] if old != new else []
    found.extend([["drop_foreign_key", table, [new]], ["drop_index", table, f"{old} unique"], ["drop_index", table, f"{old} index"]])
    shown = TYPES.get(field["kind"].lower(), "")
    if field["kind"] in RELATIONS:
        target = state.target(key[0], field["to"], key[1])
        shown = _key_type(state, target)
        found.append(["add_foreign_key", table, _foreign_key(state, new, target, field)])
    found.append(["alter_column", table, new, {"type": shown, "null": field.get("null") is True}])
    if field.get("primary_key") is True:
        found.append(["add_primary_key", table, [new]])
    else:
        found.extend(_single_key(table, new, field))
    return found


def _rename_to(state: _State, key: "tuple[str, str]", table: str, new: str) -> "list[Operation]":
    """Another name for a model's table, and for the tables of its links, which are named after it."""
    state.tables[key] = new
    links = [
        name
        for name, field in state.fields.get(key, {}).items()
        if field["kind"].endswith("ManyToManyField") and not field.get("through") and not field.get("db_table")
    ]
    return [["rename_table", table, new], *[["rename_table", f"{table}_{name}", f"{new}_{name}"] for name in links]]


def _rename_model(state: _State, key: "tuple[str, str]", new: str) -> "list[Operation]":
    after = (key[0], new.lower())
    table = state.table(key)
    fields = state.fields.pop(key, {})
    state.fields[after] = fields
    named = table != f"{key[0]}_{key[1]}"
    state.tables.pop(key, None)
    state.tables[after] = table if named else f"{after[0]}_{after[1]}"
    for others in state.fields.values():
        for field in others.values():
            if field.get("to") and state.target(key[0], field["to"], key[1]) == key:
                field["to"] = f"{after[0]}.{new}"
    found: list[Operation] = [] if named else [["rename_table", table, state.tables[after]]]
    for name, field in fields.items():
        if field["kind"].endswith("ManyToManyField") and not field.get("through") and not named:
            found.append(["rename_table", f"{table}_{name}", f"{state.tables[after]}_{name}"])
            found.append(["rename_column", f"{state.tables[after]}_{name}", f"{key[1]}_id", f"{after[1]}_id"])
    return found


def _together(state: _State, key: "tuple[str, str]", kind: str, value: "Any") -> "list[Operation]":
    unique = kind == "AlterUniqueTogether"
    sets = value if isinstance(value, list) else []
    if sets and all(isinstance(item, str) for item in sets):
        sets = [sets]
    table = state.table(key)
    mark = "unique_together" if unique else "index_together"
    found: list[Operation] = [["drop_index", table, mark]]
    for entry in sets:
        columns = [state.column(key, field) for field in entry if isinstance(field, str)]
        found.append(["add_unique" if unique else "add_index", table, {"name": mark, "columns": columns}])
    return found


def _key_operation(state: _State, key: "tuple[str, str]", entry: "dict[str, Any]") -> Operation:
    columns = [state.column(key, field) for field in entry["columns"]]
    kept = {"name": entry["name"], "columns": columns, "plain": entry["plain"]}
    return ["add_unique" if entry["unique"] else "add_index", state.table(key), kept]


# models


def extract_models(root: "SgNode", path: str) -> "list[dict[str, Any]]":
    found = []
    for node in root.find_all(kind="class_definition"):
        item = _model(node, path)
        if item:
            found.append(item)
    return found


def _model(node: "SgNode", path: str) -> "dict[str, Any] | None":
    name, supers, body = node.field("name"), node.field("superclasses"), node.field("body")
    if name is None or supers is None or body is None:
        return None
    bases = [child.text() for child in supers.children() if child.is_named() and child.kind() != "keyword_argument"]
    fields: list[list[Any]] = []
    options: dict[str, Any] = {}
    for statement in body.children():
        if statement.kind() == "expression_statement" and statement.children()[0].kind() == "assignment":
            assignment = statement.children()[0]
            left, value = assignment.field("left"), python(assignment.field("right"))
            if (
                left is not None
                and isinstance(value, Call)
                and ((value.last.endswith("Field") and value.last != "Field") or value.last in RELATIONS)
            ):
                fields.append([left.text(), _field(value)])
        elif statement.kind() == "class_definition" and (inner := statement.field("name")) is not None and inner.text() == "Meta":
            meta = {}
            for assignment in statement.find_all(kind="assignment"):
                left = assignment.field("left")
                if left is not None:
                    meta[left.text()] = python(assignment.field("right"))
            options = _options(meta)
            options["abstract"] = meta.get("abstract") is True
    return {"class": name.text(), "bases": bases, "line": line(node), "fields": fields, "options": options, "app": app_of(path)}


def models(repository: Repository, classes: "list[tuple[str, dict[str, Any]]]") -> "list[Table]":
    """Tables of the model classes: fields of abstract bases first, an `id` where no field is the key."""
    by_name = {item["class"]: item for _path, item in reversed(classes)}

    def is_model(item: "dict[str, Any]", seen: "set[str]") -> bool:
        for base in item["bases"]:
            short = base.rpartition(".")[2]
            if base == "models.Model" or (base == "Model" and item["fields"]):
                return True
            # a library's base class is believed only where the class has Django's fields: pydantic has a BaseModel too
            if short.endswith(("Model", "AbstractUser", "AbstractBaseUser")) and short not in by_name and item["fields"]:
                return True
            if short in by_name and short not in seen and is_model(by_name[short], seen | {short}):
                return True
        return False

    account = _user_model(repository) if classes else "auth.User"
    state = _State(account)
    chosen = [
        (p, i) for p, i in classes if not i["options"].get("abstract") and i["options"].get("proxy") is not True and is_model(i, set())
    ]
    for _path, item in chosen:
        key = (item["app"].lower(), item["class"].lower())
        state.tables[key] = item["options"].get("db_table") or f"{key[0]}_{key[1]}"
        state.fields[key] = {entry[0]: entry[1] for entry in _targets(item, by_name, account)}
    schema = Schema("django-orm")
    for path, item in chosen:
        fields = _targets(item, by_name, account)
        key = (item["app"].lower(), item["class"].lower())
        if not any(field.get("primary_key") is True for _name, field in fields):
            fields = [["id", {"kind": "BigAutoField", "primary_key": True, "line": item["line"]}], *fields]
        options = {**_meta(item, by_name), "abstract": False}
        schema.apply(_create_model(state, key, item["class"], fields, options, item["line"]), path)
    return schema.tables()


def _targets(item: "dict[str, Any]", by_name: "dict[str, dict[str, Any]]", account: str) -> "list[list[Any]]":
    """The fields, each with the app of the class that it points at: the class is imported from there, and Django's account from Django."""
    found = []
    for name, field in _all_fields(item, by_name, set()):
        to = str(field.get("to") or "")
        short = to.removeprefix("name:").rpartition(".")[2]
        if to.startswith("name:") or (to and "." not in to and to != "self"):
            if short in by_name:
                field = {**field, "to": f"{by_name[short]['app']}.{short}"}
            elif short == "User":
                field = {**field, "to": account}
            elif short in {"Group", "Permission"}:
                field = {**field, "to": f"auth.{short}"}
        found.append([name, field])
    return found


def _meta(item: "dict[str, Any]", by_name: "dict[str, dict[str, Any]]") -> "dict[str, Any]":
    return item["options"] or next((by_name[b.rpartition(".")[2]]["options"] for b in item["bases"] if b.rpartition(".")[2] in by_name), {})


def _all_fields(item: "dict[str, Any]", by_name: "dict[str, dict[str, Any]]", seen: "set[str]") -> "list[list[Any]]":
    found: list[list[Any]] = []
    for base in item["bases"]:
        short = base.rpartition(".")[2]
        parent = by_name.get(short)
        if parent is None or short in seen or short == item["class"]:
            continue
        seen.add(short)
        if parent["options"].get("abstract") or not any(b.endswith("Model") for b in parent["bases"]):
            found.extend(_all_fields(parent, by_name, seen))
        elif parent["options"].get("proxy") is not True:
            link = {"kind": "OneToOneField", "to": short, "primary_key": True, "line": item["line"]}
            found.append([f"{short.lower()}_ptr", link])
    own = {name for name, _field_ in item["fields"]}
    fields: list[list[Any]] = item["fields"]
    return [entry for entry in found if entry[0] not in own] + fields
