"""TypeORM: calls of the query runner."""

import re

from backend_agent.facts.migrations.calls import Call, calls, place, sql_steps
from backend_agent.facts.migrations.statements import Step


def typeorm(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    for call in calls(text, r"\bqueryRunner\.(?P<verb>\w+)(?=\()", first):
        found.extend(_typeorm_step(call))
    return found


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
    if call.verb == "dropColumn":
        return [place(call, op="drop_column", table=table, column=call.arg(1))]
    if call.verb == "dropTable":
        return [place(call, op="drop_table", table=table)]
    if call.verb == "renameColumn":
        return [place(call, op="rename_column", table=table, column=call.arg(1), to=call.arg(2))]
    return sql_steps(call) if call.verb == "query" else []
