"""Builders that take a closure for a table: Laravel, Knex."""

import re

from backend_agent.facts.migrations.calls import Call, calls, place, sql_steps, table_at
from backend_agent.facts.migrations.statements import Step
from backend_agent.facts.schema import chains


def _scopes(text: str, pattern: str) -> "list[tuple[int, int, str]]":
    """(begin, end, table) of the calls that open a table."""
    found = []
    for match in re.finditer(pattern, text):
        end = chains.skip(text, match.start("open"))
        found.append((match.start(), end, match.group("table").lower()))
    return found


def laravel(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    for match in re.finditer(
        r"Schema::(?:connection\([^)]*\)->)?(create|drop|dropIfExists|rename)\(\s*['\"](\w+)['\"](?:\s*,\s*['\"](\w+)['\"])?", text
    ):
        line = first + text.count("\n", 0, match.start())
        verb = {"create": "create_table", "rename": "rename_table"}.get(match.group(1), "drop_table")
        found.append({"op": verb, "table": match.group(2).lower(), "to": (match.group(3) or "").lower(), "line": line, "end": line})
    tables = _scopes(text, r"Schema::(?:connection\([^)]*\)->)?table(?P<open>\()\s*['\"](?P<table>\w+)['\"]")
    for call in calls(text, r"\$\w+->(?P<verb>\w+)(?=\()", first):
        table = table_at(tables, call.at)
        if table:
            found.extend(_builder_step(call, table, re.findall(r"->\s*(\w+)\(", call.tail)))
    for call in calls(text, r"\bDB::(?P<verb>statement|unprepared|update|delete)(?=\()", first):
        found.extend(sql_steps(call))
    for match in re.finditer(r"\bDB::table\(\s*['\"](\w+)['\"]\s*\)(?:\s*->whereNull\([^)]*\))?\s*->\s*(update|delete)\(", text):
        line = first + text.count("\n", 0, match.start())
        found.append(
            {"op": "update", "verb": match.group(2).upper(), "table": match.group(1).lower(), "bulk": True, "line": line, "end": line}
        )
    return found


def knex(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    for match in re.finditer(
        r"\.(createTable|createTableIfNotExists|dropTable|dropTableIfExists|renameTable)\(\s*['\"`](\w+)['\"`](?:\s*,\s*['\"`](\w+))?", text
    ):
        line = first + text.count("\n", 0, match.start())
        verb = "create_table" if match.group(1).startswith("create") else "rename_table" if match.group(1)[0] == "r" else "drop_table"
        found.append({"op": verb, "table": match.group(2).lower(), "to": (match.group(3) or "").lower(), "line": line, "end": line})
    tables = _scopes(text, r"\.(?:alterTable|table)(?P<open>\()\s*['\"`](?P<table>\w+)['\"`]")
    for call in calls(text, r"\b(?:table|t|tbl|builder)\s*\.(?P<verb>\w+)(?=\()", first):
        table = table_at(tables, call.at)
        if table:
            found.extend(_builder_step(call, table, re.findall(r"\.\s*(\w+)\(", call.tail)))
    for call in calls(text, r"\.(?P<verb>raw)(?=\()", first):
        found.extend(sql_steps(call))
    for match in re.finditer(r"\bknex\(\s*['\"`](\w+)['\"`]\s*\)(?:\s*\.whereNull\([^)]*\))?\s*\.(update|del|delete)\(", text):
        line = first + text.count("\n", 0, match.start())
        verb = "UPDATE" if match.group(2) == "update" else "DELETE"
        found.append({"op": "update", "verb": verb, "table": match.group(1).lower(), "bulk": True, "line": line, "end": line})
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
    if verb == "foreign" and call.args:
        return [place(call, op="add_foreign_key", table=table, valid=True, name="")]
    if verb.startswith("drop") or not column:
        return []
    if {"change", "alter"} & set(after):
        kind = _BUILDER_TYPES.get(verb, verb)
        return [place(call, op="alter_type", table=table, column=column, type=kind, using="", loose=True)]
    return (
        [place(call, op="add_index", table=table, concurrent="online" in after, unique="unique" in after)]
        if {"index", "unique"} & set(after)
        else []
    )
