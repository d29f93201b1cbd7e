"""Builders that take a closure for a table: Laravel, Knex."""

import re

from backend_agent.facts.migrations.calls import Call, calls, place, some, sql_steps, table_at
from backend_agent.facts.migrations.statements import Step
from backend_agent.facts.schema import chains


def _scopes(text: str, pattern: str) -> "list[tuple[int, int, str]]":
    """(begin, end, table) of the calls that open a table."""
    found = []
    for match in re.finditer(pattern, text):
        end = chains.skip(text, match.start("open"))
        found.append((match.start(), end, match.group("table").lower()))
    return found


def _whole(text: str, first: int, pattern: str) -> "list[Step]":
    """Tables that are made, renamed or dropped: the groups are what is called, the table, and its new name or nothing."""
    found: list[Step] = []
    for match in re.finditer(pattern, text):
        line = first + text.count("\n", 0, match.start())
        verb = next((f"{word}_table" for word in ("create", "rename") if match.group(1).startswith(word)), "drop_table")
        found.append({"op": verb, "table": match.group(2).lower(), "to": (match.group(3) or "").lower(), "line": line, "end": line})
    return found


def laravel(text: str, first: int) -> "list[Step]":
    whole = r"Schema::(?:connection\([^)]*\)->)?(create|drop|dropIfExists|rename)\(\s*['\"](\w+)['\"](?:\s*,\s*['\"](\w+)['\"])?"
    found = _whole(text, first, whole)
    tables = _scopes(text, r"Schema::(?:connection\([^)]*\)->)?table(?P<open>\()\s*['\"](?P<table>\w+)['\"]")
    for call in calls(text, r"\$\w+->(?P<verb>\w+)(?=\()", first):
        table = table_at(tables, call.at)
        if table:
            found.extend(_builder_step(call, table, re.findall(r"->\s*(\w+)\(", call.tail)))
    for call in calls(text, r"\bDB::(?P<verb>statement|unprepared|update|delete)(?=\()", first):
        found.extend(sql_steps(call))
    rows = (
        r"(?:\bDB::(?:connection\([^)]*\)->)?table\(\s*['\"](\w+)['\"]\s*\)|\b([A-Z]\w+)::(?:query\(\)|whereNull\([^)]*\)|withTrashed\(\)))"
    )
    for match in re.finditer(rf"{rows}(?:\s*->(?:whereNull|whereNotNull)\([^)]*\))*\s*->\s*(update|delete)\(", text):
        line = first + text.count("\n", 0, match.start())
        found.append(
            {
                "op": "update",
                "verb": match.group(3).upper(),
                "table": (match.group(1) or match.group(2)).lower(),
                "bulk": True,
                **some(match.group(), text[match.end() :]),
                "line": line,
                "end": line,
            }
        )
    return found


def knex(text: str, first: int) -> "list[Step]":
    whole = r"\.(createTable|createTableIfNotExists|dropTable|dropTableIfExists|renameTable)\(\s*['\"`](\w+)['\"`](?:\s*,\s*['\"`](\w+))?"
    found = _whole(text, first, whole)
    tables = _scopes(text, r"\.(?:alterTable|table)(?P<open>\()\s*['\"`](?P<table>\w+)['\"`]")
    for call in calls(text, r"\b(?:table|t|tbl|builder)\s*\.(?P<verb>\w+)(?=\()", first):
        table = table_at(tables, call.at)
        if table:
            found.extend(_builder_step(call, table, re.findall(r"\.\s*(\w+)\(", call.tail)))
    for call in calls(text, r"\.(?P<verb>raw)(?=\()", first):
        found.extend(sql_steps(call))
    for match in re.finditer(
        r"\b(?:knex|trx|db)(?:\.from|\.table)?\(\s*['\"`](\w+)['\"`]\s*\)(?:\s*\.(?:whereNull|whereNotNull)\([^)]*\))*\s*\.(update|del|delete)\(",
        text,
    ):
        line = first + text.count("\n", 0, match.start())
        verb = "UPDATE" if match.group(2) == "update" else "DELETE"
        step = {"op": "update", "verb": verb, "table": match.group(1).lower(), "bulk": True, **some(match.group(), text[match.end() :])}
        found.append({**step, "line": line, "end": line})
    return found


_BUILDER_TYPES = {
    "integer": "int",
    "biginteger": "bigint",
    "unsignedbiginteger": "bigint",
    "boolean": "boolean",
    "uuid": "uuid",
    "json": "json",
}
_BUILDER_TYPES |= {"jsonb": "jsonb", "date": "date", "float": "real", "double": "double precision", "binary": "bytea"}


def _builder_step(call: Call, table: str, after: "list[str]") -> "list[Step]":
    verb, column = call.verb.lower(), call.arg(0)
    if verb in {"dropcolumn", "dropcolumns"}:
        names = re.findall(r"['\"`](\w+)['\"`]", call.raw)
        return [place(call, op="drop_column", table=table, column=name.lower()) for name in names]
    if verb == "renamecolumn":
        return [place(call, op="rename_column", table=table, column=column, to=call.arg(1))]
    if verb in {"index", "unique", "primary"} and call.args:
        concurrent = "online" in after or "algorithm" in after
        return [place(call, op="add_index", table=table, concurrent=concurrent, unique=verb != "index")]
    if verb in {"fulltext", "spatialindex", "rawindex"} and call.args:
        return [place(call, op="add_index", table=table, concurrent="online" in after, unique=False)]
    if verb == "foreign" and call.args:
        return [place(call, op="add_foreign_key", table=table, valid=True, name="")]
    if verb == "check" and call.args:
        return [place(call, op="add_check", table=table, valid=True, text=call.args[0].upper(), name="")]
    if verb == "dropnullable":
        return [place(call, op="set_not_null", table=table, column=column)]
    if verb in {"timestamps", "timestampstz", "softdeletes", "softdeletestz", "remembertoken", "nullabletimestamps"}:
        return [_added(call, table, "created_at", "timestamp", after)]
    if verb.startswith(("drop", "rename")) or verb in _OPTIONS or not (column or verb == "id"):
        return []
    return _retyped(call, table, column, verb, after) if {"change", "alter"} & set(after) else _new(call, table, column, verb, after)


_OPTIONS = frozenset(
    {"comment", "engine", "charset", "collation", "collate", "setnullable", "inherits", "querycontext", "temporary", "raw"}
)
_SERIAL = {"increments": "serial", "bigincrements": "bigserial", "id": "bigserial", "smallincrements": "smallserial", "serial": "serial"}
_KEPT = frozenset({"nullable", "default", "defaultto", "comment", "after", "first", "unsigned", "collation", "charset"})
_COMPUTED = re.compile(r"(?i)\bdefault(?:To)?\(\s*(?:new Expression\(|(?:DB::|knex\.)raw\()\s*(['\"`])(.*?)\1")


def _added(call: Call, table: str, column: str, kind: str, after: "list[str]") -> Step:
    computed = _COMPUTED.search(call.tail)
    default = computed.group(2) if computed else ""
    names = {name.lower() for name in after}
    step = place(call, op="add_column", table=table, column=column, type=kind, default=default, stored="storedas" in names, unique=False)
    return {**step, "required": "notnullable" in names and not names & {"default", "defaultto"} and "serial" not in kind}


def _new(call: Call, table: str, column: str, verb: str, after: "list[str]") -> "list[Step]":
    found = [_added(call, table, column or "id", _SERIAL.get(verb, _BUILDER_TYPES.get(verb, verb)), after)]
    if {"index", "unique"} & set(after):
        found.append(place(call, op="add_index", table=table, concurrent="online" in after, unique="unique" in after))
    return found


def _retyped(call: Call, table: str, column: str, verb: str, after: "list[str]") -> "list[Step]":
    """A column with a new definition. Where it says nothing but a type, the type is what changes; else the old one decides."""
    names = {name.lower() for name in after} - {"change", "alter"}
    kind = _BUILDER_TYPES.get(verb, verb)
    found = [
        place(call, op="alter_type", table=table, column=column, type=kind, using="", loose=bool(names & _KEPT or "notnullable" in names))
    ]
    if "notnullable" in names or re.search(r"->\s*nullable\(\s*false\s*\)", call.tail):
        found.append(place(call, op="set_not_null", table=table, column=column))
    return found
