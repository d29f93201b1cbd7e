"""TypeORM: calls of the query runner."""

import re

from backend_agent.facts.migrations.calls import Call, calls, place, sql_steps, statement_end
from backend_agent.facts.migrations.statements import Step
from backend_agent.facts.schema import chains


def typeorm(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    for call in calls(text, r"\bqueryRunner\s*(?:\.manager\s*)?\.(?P<verb>\w+)(?=\()", first):
        found.extend(_typeorm_step(call))
    for match in re.finditer(r"\.update\(\s*['\"`]?(\w+)['\"`]?\s*\)\s*\.set\(", text):
        if not re.search(r"\.(where|andWhere|whereInIds)\(", text[match.end() : statement_end(text, match.end())]):
            line = first + text.count("\n", 0, match.start())
            found.append({"op": "update", "verb": "UPDATE", "table": match.group(1).lower(), "bulk": True, "line": line, "end": line})
    return found


def _column(call: Call, table: str) -> "list[Step]":
    """`addColumn`, `addColumns`: the columns are written as objects."""
    found = []
    for match in re.finditer(r"(?:new TableColumn\(\s*|^\s*)\{", call.raw if call.verb == "addColumns" else ",".join(call.args[1:])):
        text = (call.raw if call.verb == "addColumns" else ",".join(call.args[1:]))[match.start() :]
        text = text[: chains.skip(text, text.index("{"))]
        said = {
            m.group(1): m.group(2) or m.group(3) for m in re.finditer(r"\b(\w+)\s*:\s*(?:['\"`]((?:[^'\"`\\]|\\.)*)['\"`]|(\w+))", text)
        }
        default = said.get("default", "") or ("uuid_generate_v4()" if said.get("generationStrategy") == "uuid" else "")
        stored = said.get("generationStrategy") in {"increment", "identity"} or said.get("generatedType") == "STORED"
        unique = said.get("isUnique") == "true"
        found.append(
            place(
                call,
                op="add_column",
                table=table,
                column=said.get("name", "").lower(),
                type=said.get("type", "").lower(),
                default=default,
                stored=stored,
                unique=unique,
            )
        )
    return found or [place(call, op="add_column", table=table, column="", type="", default="", stored=False, unique=False)]


def _typeorm_step(call: Call) -> "list[Step]":
    table = call.arg(0)
    if call.verb == "createTable":
        name = re.search(r"\bname\s*:\s*['\"`](\w+)", call.raw)
        return [place(call, op="create_table", table=name.group(1).lower() if name else "")]
    if call.verb in {"createIndex", "createIndices"}:
        concurrent = bool(re.search(r"isConcurrent\s*:\s*true", call.raw))
        return [place(call, op="add_index", table=table, concurrent=concurrent, unique="isUnique: true" in call.raw)]
    if call.verb in {"createForeignKey", "createForeignKeys"}:
        return [place(call, op="add_foreign_key", table=table, valid=True, name="")]
    if call.verb == "createUniqueConstraint":
        return [place(call, op="add_unique", table=table, using=False)]
    if call.verb == "createCheckConstraint":
        return [place(call, op="add_check", table=table, valid=True, text="", name="")]
    if call.verb in {"addColumn", "addColumns"}:
        return _column(call, table)
    if call.verb == "changeColumn":
        new = re.search(r"\btype\s*:\s*['\"`]([\w ]+)", call.raw)
        only = not re.search(r"\b(isNullable|default|comment)\s*:", call.raw)
        kind = new.group(1).lower() if new else ""
        return [place(call, op="alter_type", table=table, column=call.arg(1), type=kind, using="", loose=not only)] if kind else []
    if call.verb == "renameTable":
        return [place(call, op="rename_table", table=table, to=call.arg(1))]
    if call.verb == "dropColumn":
        return [place(call, op="drop_column", table=table, column=call.arg(1))]
    if call.verb == "dropTable":
        return [place(call, op="drop_table", table=table)]
    if call.verb == "renameColumn":
        return [place(call, op="rename_column", table=table, column=call.arg(1), to=call.arg(2))]
    return sql_steps(call) if call.verb == "query" else []
