"""Migrations in JavaScript and TypeScript: Knex, Sequelize, TypeORM, MikroORM, Kysely, node-pg-migrate, db-migrate, read as operations."""

import re

from backend_agent.facts.schema import sql
from backend_agent.facts.schema.state import Operation
from backend_agent.facts.schema.values import Call, Lambda, Name, branch, chain, javascript, resolved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

_SIGNS = {
    "typeorm": re.compile(r"\bMigrationInterface\b"),
    "mikro-orm": re.compile(r"extends\s+Migration\b"),
    "sequelize-cli": re.compile(r"\bqueryInterface\b|\bQueryInterface\b"),
    "node-pg-migrate": re.compile(r"\bpgm\b\s*[.):]"),
    "db-migrate": re.compile(r"\bdb\s*\.\s*(?:runSql|createTable|addColumn|addIndex|dropTable)\b"),
    "kysely": re.compile(r"\bKysely\b|from ['\"]kysely['\"]"),
    "knex": re.compile(r"\bknex\b|\.schema\b|\bKnex\b", re.IGNORECASE),
}

TYPES = {
    "increments": "int",
    "bigincrements": "bigint",
    "integer": "int",
    "biginteger": "bigint",
    "bigint": "bigint",
    "smallint": "smallint",
    "tinyint": "int",
    "string": "varchar",
    "varchar": "varchar",
    "text": "text",
    "boolean": "bool",
    "datetime": "timestamp",
    "timestamp": "timestamp",
    "date": "date",
    "time": "time",
    "float": "float",
    "double": "float",
    "decimal": "numeric",
    "json": "json",
    "jsonb": "jsonb",
    "uuid": "uuid",
    "binary": "bytea",
    "enum": "enum",
    "enu": "enum",
    "specifictype": "",
    "char": "char",
    "citext": "text",
    "real": "float",
    "blob": "bytea",
    "mediumtext": "text",
    "longtext": "text",
    "geometry": "geometry",
    "number": "int",
}


def tool(path: str, text: str) -> str:
    """The tool of a migration file; "" where it is none."""
    if not re.search(r"\bup\b", text):
        return ""
    if not re.search(r"(?i)(^|/)[\w.-]*(migration|migrate)[\w.-]*/|migration", path) and "MigrationInterface" not in text:
        return ""
    return next((name for name, pattern in _SIGNS.items() if pattern.search(text)), "")


def extract(root: "SgNode", name: str) -> "list[Operation]":
    scope = _up(root) or root
    known = _constants(root, {})
    return _within(scope, name, root, known, 0)


def helps(text: str) -> bool:
    """Whether a file outside migrations may hold functions that they call."""
    return bool(re.search(r"\bschema\s*\.\s*(create|alter)?[tT]able\(|\bqueryInterface\s*\.\s*(createTable|addColumn|addIndex)\(", text))


def helpers(root: "SgNode", text: str) -> "dict[str, list[Operation]]":
    """Functions outside migrations that make tables, for the migrations that call them."""
    name = "sequelize-cli" if re.search(r"\bqueryInterface\b", text) else "knex"
    found = {}
    known = _constants(root, {})
    for node in root.children():
        function = node.find(any=[{"kind": "function_declaration"}, {"kind": "variable_declarator"}])
        label = function.field("name") if function is not None else None
        if function is not None and label is not None:
            operations = _within(function, name, root, known, 2)
            if operations:
                found[label.text()] = operations
    return found


_KINDS = ("call_expression", "for_in_statement", "if_statement")


def _within(scope: "SgNode", name: str, root: "SgNode", known: "dict[str, Any]", depth: int) -> "list[Operation]":
    """The operations of a piece of code in its order, loops over literals turn by turn."""
    body = scope.field("body") or scope
    known = _constants(body, known)
    found: list[Operation] = []
    done: list[tuple[int, int]] = []
    for node in body.find_all(any=[{"kind": kind} for kind in _KINDS]):
        span = node.range()
        if any(begin <= span.start.index and span.end.index <= end for begin, end in done):
            continue
        if node.kind() == "if_statement":
            done.extend(_untaken(node))
            continue
        inner, bindings = _loop(node, known)
        if inner is not None and bindings:
            done.append((span.start.index, span.end.index))
            for binding in bindings:
                found.extend(_within(inner, name, root, {**known, **binding}, depth))
            continue
        value = javascript(node) if node.kind() == "call_expression" else None
        if not isinstance(value, Call):
            continue
        value = resolved(value, known)
        operations = _call(value, name, known)
        if operations is None and depth < 2:
            operations = _helper(value, name, root, known, depth)
        if operations is not None:
            done.append((span.start.index, span.end.index))
            found.extend(operations)
    return found


def _constants(scope: "SgNode", known: "dict[str, Any]") -> "dict[str, Any]":
    """The names that a block gives to literals, added to those already known."""
    found = dict(known)
    for statement in scope.children():
        if statement.kind() == "export_statement":
            statement = statement.field("declaration") or statement
        if statement.kind() == "enum_declaration":
            found.update(_enum(statement))
        for node in statement.children() if statement.kind() in {"lexical_declaration", "variable_declaration"} else []:
            left, right = node.field("name"), node.field("value")
            if left is None or right is None or left.kind() != "identifier":
                continue
            value = resolved(javascript(right), found)
            if isinstance(value, str | int | list | dict):
                found[left.text()] = value
    return found


def _enum(node: "SgNode") -> "dict[str, Any]":
    name, body = node.field("name"), node.field("body")
    values = {}
    for item in body.children() if body is not None else []:
        key, value = item.field("name"), item.field("value")
        if item.kind() == "enum_assignment" and key is not None and isinstance(javascript(value), str):
            values[key.text()] = javascript(value)
    return {name.text(): values} if name is not None else {}


def _loop(node: "SgNode", known: "dict[str, Any]") -> "tuple[SgNode | None, list[dict[str, Any]]]":
    """`for (const x of […]) { … }` and `[…].forEach(x => …)`: the body, and what its names are turn by turn."""
    if node.kind() == "for_in_statement":
        left, inner = node.field("left"), node.field("body")
        items = resolved(javascript(node.field("right")), known)
    else:
        function, arguments = node.field("function"), node.field("arguments")
        prop = function.field("property") if function is not None and function.kind() == "member_expression" else None
        if function is None or arguments is None or prop is None or prop.text() not in {"forEach", "map"}:
            return None, []
        inner = arguments.find(any=[{"kind": "arrow_function"}, {"kind": "function_expression"}])
        if inner is None:
            return None, []
        parameters = inner.field("parameter") or inner.field("parameters")
        left = parameters if parameters is None or parameters.kind() == "identifier" else next(
            (child for child in parameters.children() if child.is_named()), None
        )  # fmt: skip
        items = resolved(javascript(function.field("object")), known)
    if isinstance(items, Call) and items.name == "Object.entries" and items.args and isinstance(items.args[0], dict):
        items = [[key, value] for key, value in items.args[0].items()]
    if left is None or inner is None or not isinstance(items, list) or len(items) > 500:
        return None, []
    pattern = left.find(any=[{"kind": "array_pattern"}, {"kind": "object_pattern"}]) if left.kind() != "identifier" else None
    if pattern is None:
        name = re.sub(r"[:?].*", "", left.text(), flags=re.DOTALL).strip()
        return inner, [{name: item} for item in items]
    names = [child.text() for child in pattern.children() if child.is_named()]
    if pattern.kind() == "array_pattern":
        return inner, [dict(zip(names, item, strict=False)) for item in items if isinstance(item, list)]
    return inner, [{name: item[name] for name in names if name in item} for item in items if isinstance(item, dict)]


def _untaken(node: "SgNode") -> "list[tuple[int, int]]":
    """The spans of a condition that a server database does not run."""
    condition, consequence = node.field("condition"), node.field("consequence")
    taken = branch(condition.text()) if condition is not None else None
    alternative = node.field("alternative")
    skipped = consequence if taken is False else (alternative if taken else None)
    return [(skipped.range().start.index, skipped.range().end.index)] if skipped is not None else []


def _helper(value: Call, name: str, root: "SgNode", known: "dict[str, Any]", depth: int) -> "list[Operation] | None":
    """What a function does that is given the builder: of this file at once, of another by its name, for later."""
    given = [a.name.rpartition(".")[2] for a in value.args if isinstance(a, Name)]
    if not any(re.fullmatch(r"knex|trx|db|queryInterface|queryRunner|schema|pgm|k", word) for word in given):
        return None
    own = value.name.startswith("this.") or (isinstance(value.on, Name) and value.on.name == "this")
    if value.on is not None and not own:
        return None
    label = value.last
    kind = "method_definition" if own else "function_declaration"
    function = root.find(kind=kind, has={"field": "name", "regex": f"^{re.escape(label)}$"})
    if function is None:
        function = root.find(
            kind="variable_declarator",
            all=[
                {"has": {"field": "name", "regex": f"^{re.escape(label)}$"}},
                {"has": {"field": "value", "any": [{"kind": "arrow_function"}, {"kind": "function_expression"}]}},
            ],
        )
        function = function.field("value") if function is not None else None
    if function is None:
        return [["call", label]]
    parameters = function.field("parameters")
    listed = parameters.children() if parameters is not None else []
    names = [re.sub(r"[:?=].*", "", child.text(), flags=re.DOTALL).strip() for child in listed if child.is_named()]
    bound = {key: a for key, a in zip(names, value.args, strict=False) if not isinstance(a, Name)}
    return _within(function, name, root, {**known, **bound}, depth + 1)


def _up(root: "SgNode") -> "SgNode | None":
    named = {"field": "name", "regex": "^up$"}
    for kind in ("method_definition", "function_declaration", "variable_declarator"):
        node = root.find(kind=kind, has=named)
        if node is not None:
            return node
    pair = root.find(kind="pair", has={"field": "key", "regex": "^['\"]?up['\"]?$"})
    return pair or root.find(kind="assignment_expression", has={"field": "left", "regex": r"(^|\.)up$"})


def _call(value: Call, name: str, known: "dict[str, Any]") -> "list[Operation] | None":
    """The operations of one outermost call; None where it is none of ours and its insides are still to be seen."""
    root, calls = chain(value)
    verbs = [call.last for call in calls]
    if name in {"knex", "kysely"} and ("schema" in root.split(".") or "schema" in verbs):
        return _kysely(calls) if name == "kysely" else [op for call in calls for op in _knex(call, known)]
    if "addSql" in verbs or verbs[-1] in {"query", "raw", "sql", "runSql"} or (verbs[-1] == "execute" and "sql" in verbs[0]):
        text = next((a for call in calls for a in call.args if isinstance(a, str)), "")
        return sql.operations(text, value.line) if text else None
    if name == "sequelize-cli" and calls[-1].last in _SEQUELIZE:
        return _sequelize(calls[-1])
    if name == "typeorm" and root.endswith("queryRunner"):
        return _typeorm(calls[-1])
    if name == "node-pg-migrate" and root == "pgm":
        return _pgm(calls[-1])
    return None


def _columns(value: "Any") -> "list[str]":
    if isinstance(value, str):
        return [value]
    names = (
        [item.get("name", item.get("attribute", "")) if isinstance(item, dict) else item for item in value]
        if isinstance(value, list)
        else []
    )
    return [n for n in names if isinstance(n, str) and n]


# Knex (knexjs.org/guide/schema-builder.html)


def _knex(call: Call, known: "dict[str, Any]") -> "list[Operation]":
    args, verb = call.args, call.last
    table = args[0] if args and isinstance(args[0], str) else ""
    if verb in {"createTable", "createTableIfNotExists"} and table:
        what: dict[str, Any] = {"columns": [], "line": call.line}
        return [["create_table", table, what], *_knex_body(table, args, known)]
    if verb in {"table", "alterTable"} and table:
        return _knex_body(table, args, known)
    if verb in {"dropTable", "dropTableIfExists"} and table:
        return [["drop_table", table]]
    if verb == "renameTable" and len(args) > 1:
        return [["rename_table", table, str(args[1])]]
    if verb == "raw" and table:
        return sql.operations(table, call.line)
    return []


def _knex_body(table: str, args: "list[Any]", known: "dict[str, Any]") -> "list[Operation]":
    body = next((a for a in args if isinstance(a, Lambda)), None)
    return _knex_block(table, body.node, body.parameter, known) if body is not None else []


def _knex_block(table: str, node: "SgNode", parameter: str, known: "dict[str, Any]") -> "list[Operation]":
    placed: list[tuple[int, list[Operation]]] = []
    done: list[tuple[int, int]] = []
    known = _constants(node.field("body") or node, known)
    for loop in node.find_all(any=[{"kind": kind} for kind in _KINDS]):
        if loop.kind() == "if_statement":
            done.extend(_untaken(loop))
            continue
        inner, bindings = _loop(loop, known)
        if inner is None or not bindings:
            continue
        done.append((loop.range().start.index, loop.range().end.index))
        turns = [_knex_block(table, inner, parameter, {**known, **binding}) for binding in bindings]
        placed.append((loop.range().start.index, [op for turn in turns for op in turn]))
    for statement in _statements(node):
        span = statement.range()
        if any(begin <= span.start.index and span.end.index <= end for begin, end in done):
            continue
        value = resolved(javascript(statement), known)
        if isinstance(value, Call):
            root, calls = chain(value)
            if root == parameter or root == "this":
                placed.append((span.start.index, _knex_column(table, calls)))
    return [op for _start, operations in sorted(placed, key=lambda item: item[0]) for op in operations]


def _statements(node: "Any") -> "list[Any]":
    """The expressions that stand as statements in a function, at any depth of blocks."""
    body = node.field("body")
    if body is not None and body.kind() != "statement_block":
        return [body]
    return [
        next(c for c in statement.children() if c.is_named() and c.kind() != "comment")
        for statement in node.find_all(any=[{"kind": "expression_statement"}, {"kind": "return_statement"}])
        if any(c.is_named() and c.kind() != "comment" for c in statement.children())
    ]


def _knex_column(table: str, calls: "list[Call]") -> "list[Operation]":  # noqa: C901
    first, verbs = calls[0], [call.last for call in calls]
    args = first.args
    verb = first.last
    by_verb = {call.last: call for call in calls}
    if verb == "timestamps":
        options = args[0] if args and isinstance(args[0], dict) else {}
        camel = options.get("useCamelCase") is True or (len(args) > 2 and args[2] is True)
        null = not ((len(args) > 1 and args[1] is True) or options.get("defaultToNow") is True)
        names = ("createdAt", "updatedAt") if camel else ("created_at", "updated_at")
        return [["add_column", table, [name, "timestamptz", null]] for name in names]
    if verb in {"primary", "unique", "index", "foreign"}:
        return _knex_key(table, verb, args, by_verb)
    if verb == "dropColumn" or verb == "dropColumns":
        return [["drop_column", table, c] for a in args for c in _columns(a)]
    if verb == "renameColumn" and len(args) > 1:
        return [["rename_column", table, str(args[0]), str(args[1])]]
    if verb == "dropTimestamps":
        return [["drop_column", table, "created_at"], ["drop_column", table, "updated_at"]]
    if verb in {"dropUnique", "dropIndex", "dropForeign"}:
        named = args[1] if len(args) > 1 and isinstance(args[1], str) else None
        operation = "drop_foreign_key" if verb == "dropForeign" else "drop_index"
        return [[operation, table, named or _columns(args[0])]] if args else []
    if verb == "dropPrimary":
        return [["drop_primary_key", table]]
    if verb in {"setNullable", "dropNullable"} and args:
        return [["alter_column", table, str(args[0]), {"null": verb == "setNullable"}]]
    if not args or not isinstance(args[0], str) or verb.lower() not in TYPES:
        if verb in {"increments", "bigIncrements"}:
            args = ["id"]
        else:
            return []
    column = args[0]
    kind = TYPES[verb.lower()] or (args[1] if len(args) > 1 and isinstance(args[1], str) else "")
    if verb in {"timestamp", "datetime", "dateTime"}:
        options = args[1] if len(args) > 1 and isinstance(args[1], dict) else {}
        kind = "timestamp" if options.get("useTz") is False else "timestamptz"
    primary = verb in {"increments", "bigIncrements"} or "primary" in verbs
    null = not primary and "notNullable" not in verbs and "notNull" not in verbs
    if "alter" in verbs:
        return [["alter_column", table, column, {"type": kind, "null": null}]]
    found: list[Operation] = [["add_column", table, [column, kind, null]]]
    if primary:
        found.append(["add_primary_key", table, [column]])
    if "unique" in verbs:
        found.append(["add_unique", table, {"name": f"{table}_{column}_unique".lower(), "columns": [column]}])
    if "index" in verbs:
        found.append(["add_index", table, {"name": f"{table}_{column}_index".lower(), "columns": [column]}])
    target = _knex_target(by_verb)
    if target:
        found.append(["add_foreign_key", table, {"columns": [column], "references": target, "name": f"{table}_{column}_foreign".lower()}])
    return found


def _knex_target(by_verb: "dict[str, Call]") -> str:
    table = by_verb.get("inTable")
    if table is not None and table.args:
        return str(table.args[0])
    references = by_verb.get("references")
    if references is not None and references.args and isinstance(references.args[0], str) and "." in references.args[0]:
        return references.args[0].rpartition(".")[0]
    return ""


def _knex_key(table: str, verb: str, args: "list[Any]", by_verb: "dict[str, Call]") -> "list[Operation]":
    columns = _columns(args[0]) if args else []
    options = args[1] if len(args) > 1 else None
    name = options if isinstance(options, str) else (options.get("indexName", "") if isinstance(options, dict) else "")
    stem = f"{table}_{'_'.join(columns)}".lower()
    if verb == "primary":
        return [["add_primary_key", table, columns]]
    if verb == "foreign":
        target = _knex_target(by_verb)
        return [["add_foreign_key", table, {"columns": columns, "references": target, "name": name or f"{stem}_foreign"}]] if target else []
    plain = not (isinstance(options, dict) and "predicate" in options)
    return [[f"add_{verb}", table, {"name": name or f"{stem}_{verb}", "columns": columns, "plain": plain}]]


# Sequelize (sequelize.org: query interface)

_SEQUELIZE = {
    "createTable", "addColumn", "removeColumn", "renameColumn", "changeColumn", "addIndex", "removeIndex", "addConstraint",
    "removeConstraint", "dropTable", "renameTable",
}  # fmt: skip


def _table_name(value: "Any") -> str:
    if isinstance(value, dict):
        name = value.get("tableName")
        schema = value.get("schema")
        return f"{schema}.{name}" if isinstance(schema, str) else str(name or "")
    return value if isinstance(value, str) else ""


def _sequelize(call: Call) -> "list[Operation]":
    args, verb = call.args, call.last
    table = _table_name(args[0]) if args else ""
    if not table:
        return []
    if verb == "createTable" and len(args) > 1 and isinstance(args[1], dict):
        found: list[Operation] = [["create_table", table, {"columns": [], "line": call.line}]]
        for name, definition in args[1].items():
            found.extend(sequelize_column(table, name, definition))
        keys = args[2].get("uniqueKeys") if len(args) > 2 and isinstance(args[2], dict) else None
        for name, key in keys.items() if isinstance(keys, dict) else []:
            if isinstance(key, dict):
                found.append(["add_unique", table, {"name": name, "columns": _columns(key.get("fields"))}])
        return found
    if verb == "addColumn" and len(args) > 2:
        return sequelize_column(table, str(args[1]), args[2])
    if verb == "changeColumn" and len(args) > 2 and isinstance(args[2], dict):
        what: dict[str, Any] = {"type": sequelize_type(args[2].get("type"))}
        if isinstance(args[2].get("allowNull"), bool):
            what["null"] = args[2]["allowNull"]
        keys = [op for op in sequelize_column(table, str(args[1]), args[2]) if op[0] in {"add_foreign_key", "add_unique"}]
        return [["alter_column", table, str(args[1]), what], *keys]
    if verb == "removeColumn":
        return [["drop_column", table, str(args[1])]]
    if verb == "renameColumn":
        return [["rename_column", table, str(args[1]), str(args[2])]]
    if verb == "renameTable":
        return [["rename_table", table, _table_name(args[1])]]
    if verb == "dropTable":
        return [["drop_table", table]]
    return _sequelize_key(table, verb, args)


def _underscored(name: str) -> str:
    """`apiKeys_secret` → api_keys_secret, as Sequelize names an index that got no name."""
    return re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).replace("-", "_").lower()


def _sequelize_key(table: str, verb: str, args: "list[Any]") -> "list[Operation]":
    rest = args[1:]
    options = next((a for a in rest if isinstance(a, dict)), {})
    columns = _columns(next((a for a in rest if isinstance(a, list)), options.get("fields")))
    name = str(options.get("name") or options.get("indexName") or "")
    if verb == "addIndex":
        unique = options.get("unique") is True or str(options.get("type", "")).upper() == "UNIQUE"
        plain = "where" not in options and str(options.get("using", "btree")).lower() == "btree" and bool(columns)
        stem = _underscored(f"{table}_{'_'.join(columns)}")
        return [["add_unique" if unique else "add_index", table, {"name": name or stem, "columns": columns, "plain": plain}]]
    if verb == "addConstraint":
        kind = str(options.get("type", "")).lower()
        if kind == "unique":
            return [["add_unique", table, {"name": name, "columns": columns}]]
        if kind == "primary key":
            return [["add_primary_key", table, columns]]
        references = options.get("references")
        if kind == "foreign key" and isinstance(references, dict):
            return [["add_foreign_key", table, {"name": name, "columns": columns, "references": _table_name(references.get("table"))}]]
        return []
    which = rest[0] if rest and isinstance(rest[0], str) else columns
    return [["drop_index" if verb == "removeIndex" else "drop_constraint", table, which]]


def sequelize_type(value: "Any") -> str:
    """`Sequelize.STRING(50)`, `DataTypes.INTEGER`, `"TIMESTAMP"` → SQL."""
    if isinstance(value, Call):
        name = value.last if value.on is None else value.name
    elif isinstance(value, Name):
        name = value.name.rpartition(".")[2]
        name = value.name.split(".")[-2] if name in {"UNSIGNED", "BINARY"} and "." in value.name else name
    else:
        name = value if isinstance(value, str) else ""
    low = name.lower()
    return {"date": "timestamptz", "dateonly": "date", "uuidv4": "uuid"}.get(low, TYPES.get(low, low))


def sequelize_column(table: str, name: str, definition: "Any") -> "list[Operation]":
    if name.startswith("..."):
        return []
    options = definition if isinstance(definition, dict) else {"type": definition}
    column = options["field"] if isinstance(options.get("field"), str) else name
    primary = options.get("primaryKey") is True
    null = options.get("allowNull") is not False and not primary
    found: list[Operation] = [["add_column", table, [column, sequelize_type(options.get("type")), null]]]
    if primary:
        found.append(["add_primary_key", table, [column]])
    if options.get("unique"):
        found.append(["add_unique", table, {"name": f"{table}_{column}_key", "columns": [column]}])
    references = options.get("references")
    if isinstance(references, dict):
        target = _table_name(references.get("model") or references.get("table"))
        if target:
            found.append(["add_foreign_key", table, {"name": f"{table}_{column}_fkey", "columns": [column], "references": target}])
    elif isinstance(references, str):
        found.append(["add_foreign_key", table, {"columns": [column], "references": references}])
    return found


# TypeORM (typeorm.io: migrations API)


def _options(value: "Any") -> "dict[str, Any]":
    if isinstance(value, Call) and value.args and isinstance(value.args[0], dict):
        return value.args[0]
    return value if isinstance(value, dict) else {}


def _typeorm(call: Call) -> "list[Operation]":
    args, verb = call.args, call.last
    options = _options(args[0]) if args else {}
    table = args[0] if args and isinstance(args[0], str) else (str(options.get("name", "")) if args else "")
    if isinstance(args[0] if args else None, Name):
        return []
    if verb == "createTable" and options:
        return _typeorm_table(table, options, call.line)
    if verb == "dropTable":
        return [["drop_table", table]]
    if verb == "renameTable" and len(args) > 1:
        return [["rename_table", table, str(args[1])]]
    if verb in {"addColumn", "addColumns"} and len(args) > 1:
        return [op for item in (args[1] if isinstance(args[1], list) else [args[1]]) for op in _typeorm_column(table, _options(item))]
    if verb in {"dropColumn", "dropColumns"} and len(args) > 1:
        return [["drop_column", table, c] for c in _columns(args[1])]
    if verb == "renameColumn" and len(args) > 2:
        new = args[2] if isinstance(args[2], str) else _options(args[2]).get("name")
        return [["rename_column", table, str(args[1]), str(new)]]
    if verb == "changeColumn" and len(args) > 2:
        new_options = _options(args[2])
        return [
            ["alter_column", table, str(args[1]), {"type": str(new_options.get("type", "")), "null": new_options.get("isNullable") is True}]
        ]
    if verb in {"createForeignKey", "createIndex", "createUniqueConstraint", "createForeignKeys", "createIndices"} and len(args) > 1:
        return [op for item in (args[1] if isinstance(args[1], list) else [args[1]]) for op in _typeorm_key(table, verb, _options(item))]
    if verb in {"dropForeignKey", "dropIndex", "dropUniqueConstraint"} and len(args) > 1 and isinstance(args[1], str):
        return [["drop_foreign_key" if verb == "dropForeignKey" else "drop_index", table, args[1]]]
    if verb == "createPrimaryKey" and len(args) > 1:
        return [["add_primary_key", table, _columns(args[1])]]
    return []


def _typeorm_table(table: str, options: "dict[str, Any]", line: int) -> "list[Operation]":
    found: list[Operation] = [["create_table", table, {"columns": [], "line": line}]]
    key: list[str] = []
    for item in options.get("columns") or []:
        column = _options(item)
        found.extend(_typeorm_column(table, column))
        if column.get("isPrimary") is True:
            key.append(str(column.get("name")))
    if key:
        found.append(["add_primary_key", table, key])
    for name, verb in (("foreignKeys", "createForeignKey"), ("indices", "createIndex"), ("uniques", "createUniqueConstraint")):
        for item in options.get(name) or [] if isinstance(options.get(name), list) else []:
            found.extend(_typeorm_key(table, verb, _options(item)))
    return found


def _typeorm_column(table: str, options: "dict[str, Any]") -> "list[Operation]":
    name = options.get("name")
    if not isinstance(name, str):
        return []
    primary = options.get("isPrimary") is True
    kind = options.get("type")
    found: list[Operation] = [
        ["add_column", table, [name, kind if isinstance(kind, str) else "", options.get("isNullable") is True and not primary]]
    ]
    if options.get("isUnique") is True:
        found.append(["add_unique", table, {"columns": [name]}])
    return found


def _typeorm_key(table: str, verb: str, options: "dict[str, Any]") -> "list[Operation]":
    columns = _columns(options.get("columnNames"))
    name = options["name"] if isinstance(options.get("name"), str) else ""
    if verb.startswith("createForeignKey"):
        target = options.get("referencedTableName")
        return [["add_foreign_key", table, {"name": name, "columns": columns, "references": target}]] if isinstance(target, str) else []
    unique = verb == "createUniqueConstraint" or options.get("isUnique") is True
    return [["add_unique" if unique else "add_index", table, {"name": name, "columns": columns, "plain": "where" not in options}]]


# node-pg-migrate (salsita.github.io/node-pg-migrate)


def _pgm(call: Call) -> "list[Operation]":  # noqa: C901
    args, verb = call.args, call.last
    table = _pgm_name(args[0]) if args else ""
    if verb in {"createTable", "addColumns", "addColumn"} and len(args) > 1 and isinstance(args[1], dict):
        found: list[Operation] = [["create_table", table, {"columns": [], "line": call.line}]] if verb == "createTable" else []
        for name, definition in args[1].items():
            found.extend(_pgm_column(table, name, definition))
        if len(args) > 2 and isinstance(args[2], dict) and isinstance(args[2].get("constraints"), dict):
            found.extend(_pgm_constraint(table, "", args[2]["constraints"]))
        return found
    if verb == "dropTable":
        return [["drop_table", table]]
    if verb in {"dropColumns", "dropColumn"} and len(args) > 1:
        return [["drop_column", table, c] for c in _columns(args[1])]
    if verb == "renameColumn" and len(args) > 2:
        return [["rename_column", table, str(args[1]), str(args[2])]]
    if verb == "renameTable" and len(args) > 1:
        return [["rename_table", table, _pgm_name(args[1])]]
    if verb in {"createIndex", "addIndex"} and len(args) > 1:
        options = args[2] if len(args) > 2 and isinstance(args[2], dict) else {}
        columns = _columns(args[1])
        key = {
            "name": str(options.get("name") or f"{table}_{'_'.join(columns)}_index"),
            "columns": columns,
            "plain": "where" not in options,
        }
        return [["add_unique" if options.get("unique") is True else "add_index", table, key]]
    if verb == "dropIndex" and len(args) > 1:
        return [["drop_index", table, _columns(args[1])]]
    if verb in {"addConstraint", "createConstraint"} and len(args) > 2:
        if isinstance(args[2], str):
            return sql.operations(f"ALTER TABLE {table} ADD CONSTRAINT {args[1] or 'c'} {args[2]}", call.line)
        return _pgm_constraint(table, str(args[1] or ""), args[2]) if isinstance(args[2], dict) else []
    if verb == "dropConstraint" and len(args) > 1:
        return [["drop_constraint", table, str(args[1])]]
    if verb == "alterColumn" and len(args) > 2 and isinstance(args[2], dict):
        what: dict[str, Any] = {"type": str(args[2].get("type") or "")}
        if isinstance(args[2].get("notNull"), bool):
            what["null"] = not args[2]["notNull"]
        return [["alter_column", table, str(args[1]), what]]
    return []


def _pgm_name(value: "Any") -> str:
    if isinstance(value, dict):
        return f"{value['schema']}.{value.get('name')}" if isinstance(value.get("schema"), str) else str(value.get("name") or "")
    return value if isinstance(value, str) else ""


def _pgm_column(table: str, name: str, definition: "Any") -> "list[Operation]":
    if definition == "id":
        return [["add_column", table, [name, "int", False]], ["add_primary_key", table, [name]]]
    options = definition if isinstance(definition, dict) else {"type": definition if isinstance(definition, str) else ""}
    primary = options.get("primaryKey") is True
    found: list[Operation] = [
        ["add_column", table, [name, str(options.get("type") or ""), options.get("notNull") is not True and not primary]]
    ]
    if primary:
        found.append(["add_primary_key", table, [name]])
    if options.get("unique") is True:
        found.append(["add_unique", table, {"columns": [name]}])
    target = options.get("references")
    if target:
        text = _pgm_name(target).partition("(")[0].strip()
        found.append(["add_foreign_key", table, {"columns": [name], "references": text}])
    return found


def _pgm_constraint(table: str, name: str, options: "dict[str, Any]") -> "list[Operation]":
    found: list[Operation] = []
    if options.get("unique"):
        unique = options["unique"]
        sets = unique if isinstance(unique, list) and unique and isinstance(unique[0], list) else [unique]
        found.extend(["add_unique", table, {"name": name, "columns": _columns(entry)}] for entry in sets)
    if options.get("primaryKey"):
        found.append(["add_primary_key", table, _columns(options["primaryKey"])])
    keys = options.get("foreignKeys")
    for key in keys if isinstance(keys, list) else ([keys] if isinstance(keys, dict) else []):
        target = _pgm_name(key.get("references")).partition("(")[0].strip() if isinstance(key, dict) else ""
        if target:
            found.append(["add_foreign_key", table, {"name": name, "columns": _columns(key.get("columns")), "references": target}])
    return found


# Kysely (kysely.dev: migrations)


def _kysely(calls: "list[Call]") -> "list[Operation]":
    first = next((i for i, c in enumerate(calls) if c.last in {"createTable", "alterTable", "dropTable", "createIndex", "dropIndex"}), None)
    if first is None:
        return []
    head, rest = calls[first], calls[first + 1 :]
    name = head.args[0] if head.args and isinstance(head.args[0], str) else ""
    if head.last == "dropTable":
        return [["drop_table", name]]
    if head.last == "dropIndex":
        return [["drop_index", "", name]]
    if head.last == "createIndex":
        return _kysely_index(name, rest)
    found: list[Operation] = [["create_table", name, {"columns": [], "line": head.line}]] if head.last == "createTable" else []
    for index, call in enumerate(rest):
        found.extend(_kysely_step(name, call, rest[index + 1 :]))
    return found


def _kysely_index(name: str, rest: "list[Call]") -> "list[Operation]":
    by_verb = {call.last: call for call in rest}
    table = str(by_verb["on"].args[0]) if "on" in by_verb and by_verb["on"].args else ""
    columns = [
        c for verb in ("column", "columns") if verb in by_verb for c in _columns(by_verb[verb].args[0] if by_verb[verb].args else "")
    ]
    columns = [c.split(" ")[0] for c in columns]
    plain = "where" not in by_verb and "expression" not in by_verb and "using" not in by_verb
    return [["add_unique" if "unique" in by_verb else "add_index", table, {"name": name, "columns": columns, "plain": plain}]]


def _kysely_step(table: str, call: Call, after: "list[Call]") -> "list[Operation]":
    args, verb = call.args, call.last
    name = args[0] if args and isinstance(args[0], str) else ""
    if verb in {"addColumn", "modifyColumn"} and len(args) > 1:
        return _kysely_column(table, name, args)
    if verb == "dropColumn":
        return [["drop_column", table, name]]
    if verb == "renameColumn":
        return [["rename_column", table, name, str(args[1])]]
    if verb == "renameTo":
        return [["rename_table", table, name]]
    if verb == "alterColumn" and len(args) > 1 and isinstance(args[1], Lambda):
        text = args[1].node.text()
        what = {"null": False} if "setNotNull" in text else ({"null": True} if "dropNotNull" in text else {})
        return [["alter_column", table, name, what]] if what else []
    if verb == "addForeignKeyConstraint" and len(args) > 3:
        return [["add_foreign_key", table, {"name": name, "columns": _columns(args[1]), "references": str(args[2])}]]
    if verb == "addUniqueConstraint" and len(args) > 1:
        return [["add_unique", table, {"name": name, "columns": _columns(args[1])}]]
    if verb == "addPrimaryKeyConstraint" and len(args) > 1:
        return [["add_primary_key", table, _columns(args[1])]]
    if verb == "dropConstraint":
        return [["drop_constraint", table, name]]
    return []


def _kysely_column(table: str, name: str, args: "list[Any]") -> "list[Operation]":
    kind = args[1] if isinstance(args[1], str) else ""
    verbs: dict[str, Call] = {}
    if len(args) > 2 and isinstance(args[2], Lambda):
        for statement in _statements(args[2].node):
            value = javascript(statement)
            if isinstance(value, Call):
                verbs.update({call.last: call for call in chain(value)[1]})
    primary = "primaryKey" in verbs
    shown = {"serial": "int", "bigserial": "bigint"}.get(kind, kind)
    found: list[Operation] = [
        ["add_column", table, [name, shown, "notNull" not in verbs and not primary and kind not in {"serial", "bigserial"}]]
    ]
    if primary:
        found.append(["add_primary_key", table, [name]])
    if "unique" in verbs:
        found.append(["add_unique", table, {"name": f"{table}_{name}_key", "columns": [name]}])
    references = verbs.get("references")
    if references is not None and references.args and isinstance(references.args[0], str):
        found.append(["add_foreign_key", table, {"columns": [name], "references": references.args[0].rpartition(".")[0]}])
    return found
