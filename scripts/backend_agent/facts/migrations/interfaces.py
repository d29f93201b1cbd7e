"""Builders that take the options of a step as an object: Sequelize, node-pg-migrate; and MikroORM, whose migrations are SQL in calls."""

import re

from backend_agent.facts.migrations.calls import Call, calls, place, sql_steps
from backend_agent.facts.migrations.statements import Step
from backend_agent.facts.schema import chains

_TYPES = {"integer": "int", "bigint": "bigint", "boolean": "boolean", "dateonly": "date", "float": "real", "double": "double precision"}
_TYPES |= {"uuid": "uuid", "json": "json", "jsonb": "jsonb", "blob": "bytea", "real": "real", "smallint": "smallint"}


def mikro(text: str, first: int) -> "list[Step]":
    """MikroORM: `this.addSql('…')`."""
    return [step for call in calls(text, r"\bthis\.(?P<verb>addSql)(?=\()", first) for step in sql_steps(call)]


# Sequelize


def sequelize(text: str, first: int) -> "list[Step]":
    """Calls of the query interface, and SQL that is sent beside it."""
    found: list[Step] = []
    for call in calls(text, r"\b\w*[qQ]ueryInterface\s*\.(?P<verb>\w+)(?=\()", first):
        found.extend(_sequelize(call))
    for call in calls(text, r"\b[sS]equelize\s*\.(?P<verb>query)(?=\()", first):
        found.extend(sql_steps(call))
    return found


def _sequelize(call: Call) -> "list[Step]":
    table = _table(call)
    if not table:
        return []
    if call.verb in {"createTable", "dropTable"}:
        return [place(call, op="create_table" if call.verb == "createTable" else "drop_table", table=table)]
    if call.verb == "renameTable":
        return [place(call, op="rename_table", table=table, to=call.arg(1))]
    if call.verb == "removeColumn":
        return [place(call, op="drop_column", table=table, column=call.arg(1))]
    if call.verb == "renameColumn":
        return [place(call, op="rename_column", table=table, column=call.arg(1), to=call.arg(2))]
    if call.verb == "addColumn":
        return [_added(call, table, call.arg(1), ",".join(call.args[2:3]), "allowNull", "defaultValue")]
    if call.verb == "changeColumn":
        return _changed(call, table, ",".join(call.args[2:3]))
    if call.verb == "addIndex":
        options = ",".join(call.args[1:])
        concurrent = bool(re.search(r"\bconcurrently\s*:\s*true", options))
        return [place(call, op="add_index", table=table, concurrent=concurrent, unique=bool(re.search(r"\bunique\s*:\s*true", options)))]
    if call.verb == "addConstraint":
        return _constraint(call, table, ",".join(call.args[1:]))
    if call.verb in {"bulkUpdate", "bulkDelete"}:
        chosen = call.args[2 if call.verb == "bulkUpdate" else 1 :][:1] or ["{}"]
        whole = re.fullmatch(r"\s*(?:\{\s*\}|null|undefined)\s*", chosen[0]) is not None
        verb = "UPDATE" if call.verb == "bulkUpdate" else "DELETE"
        return [place(call, op="update", verb=verb, table=table, bulk=True if whole else None)]
    return []


def _table(call: Call) -> str:
    """The table of a call, written as a text or as an object with a schema."""
    given = call.args[0].strip() if call.args else ""
    named = re.search(r"\b(?:tableName|name)\s*:\s*['\"`](\w+)", given) if given.startswith("{") else None
    if named:
        return named.group(1).lower()
    return call.arg(0) if re.match(r"['\"`]", given) else ""


def _added(call: Call, table: str, column: str, options: str, null: str, default: str) -> Step:
    given = re.search(rf"\b{default}\s*:\s*(?:\w+\.)*(?:literal|fn|func)\(\s*['\"`]([^'\"`]*)", options)
    written = given.group(1) if given else ""
    written = f"{written}()" if re.fullmatch(r"\w+", written) else written
    kind = re.search(r"(?:\btype\s*:\s*|^\s*)(?:\w+\.)*['\"`]?(\w+)", options)
    name = kind.group(1).lower() if kind else ""
    strict = bool(re.search(rf"\b{null}\s*:\s*{'false' if null == 'allowNull' else 'true'}", options))
    step = place(call, op="add_column", table=table, column=column, type=_TYPES.get(name, name), default=written, stored=False)
    filled = re.search(rf"\b{default}\s*:\s*(?!null\b|undefined\b)", options) or re.search(
        r"\b(?:autoIncrement|sequenceGenerated)\s*:", options
    )
    return {**step, "unique": bool(re.search(r"\bunique\s*:\s*true", options)), "required": strict and not filled}


def _changed(call: Call, table: str, options: str) -> "list[Step]":
    """A column with a new definition, which repeats what was so before."""
    kind = re.search(r"\btype\s*:\s*(?:\w+\.)*['\"`]?(\w+)", options)
    name = _TYPES.get(kind.group(1).lower(), kind.group(1).lower()) if kind else ""
    column = call.arg(1)
    found = [place(call, op="alter_type", table=table, column=column, type=name, using="", loose=True)] if name else []
    if re.search(r"\ballowNull\s*:\s*false", options):
        found.append(place(call, op="set_not_null", table=table, column=column, loose=True))
    return found


def _constraint(call: Call, table: str, options: str) -> "list[Step]":
    kind = re.search(r"\btype\s*:\s*['\"`]([\w ]+)", options)
    word = kind.group(1).lower() if kind else ""
    if word == "foreign key":
        return [place(call, op="add_foreign_key", table=table, valid=True, name="")]
    if word == "check":
        return [place(call, op="add_check", table=table, valid=True, text="", name="")]
    return [place(call, op="add_unique", table=table, using=False)] if word in {"unique", "primary key"} else []


# node-pg-migrate


def pgm(text: str, first: int) -> "list[Step]":
    """Calls of node-pg-migrate's builder."""
    found: list[Step] = []
    for call in calls(text, r"\bpgm\s*\.(?P<verb>\w+)(?=\()", first):
        found.extend(sql_steps(call) if call.verb == "sql" else _pgm(call))
    return found


def _pgm(call: Call) -> "list[Step]":
    table, verb = _table(call), call.verb
    if not table:
        return []
    if verb in {"createTable", "dropTable"}:
        return [place(call, op="create_table" if verb == "createTable" else "drop_table", table=table)]
    if verb == "renameTable":
        return [place(call, op="rename_table", table=table, to=call.arg(1))]
    if verb in {"addColumn", "addColumns"}:
        return [_added(call, table, name, options, "notNull", "default") for name, options in _entries(",".join(call.args[1:2]))]
    if verb in {"dropColumn", "dropColumns"}:
        names = re.findall(r"['\"`](\w+)['\"`]", ",".join(call.args[1:2]))
        return [place(call, op="drop_column", table=table, column=name.lower()) for name in names]
    if verb == "renameColumn":
        return [place(call, op="rename_column", table=table, column=call.arg(1), to=call.arg(2))]
    options = ",".join(call.args[2:])
    if verb == "alterColumn":
        kind = re.search(r"\btype\s*:\s*['\"`]([\w ]+)", options)
        using = re.search(r"\busing\s*:\s*['\"`]([^'\"`]+)", options)
        name, cast = kind.group(1).lower() if kind else "", using.group(1) if using else ""
        found = [place(call, op="alter_type", table=table, column=call.arg(1), type=name, using=cast)] if name else []
        strict = re.search(r"\bnotNull\s*:\s*true", options)
        return [*found, *([place(call, op="set_not_null", table=table, column=call.arg(1))] if strict else [])]
    if verb in {"createIndex", "addIndex"}:
        concurrent = bool(re.search(r"\bconcurrently\s*:\s*true", options))
        return [place(call, op="add_index", table=table, concurrent=concurrent, unique=bool(re.search(r"\bunique\s*:\s*true", options)))]
    return _pgm_constraint(call, table, options) if verb in {"addConstraint", "createConstraint"} else []


def _pgm_constraint(call: Call, table: str, options: str) -> "list[Step]":
    valid = not re.search(r"(?i)\bnot\s+valid\b", options)
    name = call.arg(1)
    if re.search(r"\bforeignKeys\s*:|(?i:\bforeign\s+key\b)", options):
        return [place(call, op="add_foreign_key", table=table, valid=valid, name=name)]
    if re.search(r"\bcheck\s*:|(?i:['\"`]\s*check\b)", options):
        return [place(call, op="add_check", table=table, valid=valid, text=options.upper(), name=name)]
    if re.search(r"\b(?:unique|primaryKey)\s*:|(?i:['\"`]\s*(?:unique|primary\s+key)\b)", options):
        return [place(call, op="add_unique", table=table, using=bool(re.search(r"(?i)\busing\s+index\b", options)))]
    return []


def _entries(text: str) -> "list[tuple[str, str]]":
    """The columns of an object by name, each with its options as text."""
    inner = text.strip()
    if not inner.startswith("{"):
        return []
    pairs = (part.partition(":") for part in chains.split(inner[1 : chains.skip(inner, 0) - 1]))
    return [(name.strip().strip("'\"`").lower(), options) for name, _colon, options in pairs if re.match(r"\s*['\"`]?\w", name)]
