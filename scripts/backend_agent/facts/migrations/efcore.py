"""EF Core: calls of the migration builder."""

import re

from backend_agent.facts.migrations.calls import Call, calls, is_true, place, sql_steps
from backend_agent.facts.migrations.statements import Step


def efcore(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    for call in calls(text, r"\bmigrationBuilder\s*\.\s*(?P<verb>\w+)(?:<[^()]*>)?(?=\()", first):
        found.extend(_efcore_step(call))
    return found


def _efcore_step(call: Call) -> "list[Step]":
    table = call.arg(1, "table")
    if call.verb in {"CreateTable", "DropTable"}:
        return [place(call, op="create_table" if call.verb == "CreateTable" else "drop_table", table=call.arg(0, "name"))]
    if call.verb == "RenameTable":
        return [place(call, op="rename_table", table=call.arg(0, "name"), to=call.arg(99, "newName"))]
    if call.verb == "DropColumn":
        return [place(call, op="drop_column", table=table, column=call.arg(0, "name"))]
    if call.verb == "RenameColumn":
        return [place(call, op="rename_column", table=table, column=call.arg(0, "name"), to=call.arg(99, "newName"))]
    if call.verb == "AddColumn":
        default = call.named.get("defaultValueSql", "").strip().strip('"')
        stored = bool(re.search(r"computedColumnSql\s*:|IdentityAlways|IdentityByDefault|IdentityColumn", call.raw + call.tail))
        kind = call.arg(99, "type")
        return [
            place(call, op="add_column", table=table, column=call.arg(0, "name"), type=kind, default=default, stored=stored, unique=False)
        ]
    if call.verb == "CreateIndex":
        concurrent = bool(re.search(r"CreatedConcurrently\"\s*,\s*true", call.tail))
        return [place(call, op="add_index", table=table, concurrent=concurrent, unique=is_true(call.named.get("unique", "")))]
    if call.verb in {"AddUniqueConstraint", "AddPrimaryKey"}:
        return [place(call, op="add_unique", table=table, using=False)]
    if call.verb in {"AddForeignKey", "AddCheckConstraint"}:
        kind = "add_foreign_key" if call.verb == "AddForeignKey" else "add_check"
        written = call.arg(2, "sql").upper()
        return [place(call, op=kind, table=table, valid=True, text=written, name=call.arg(0, "name"))]
    if call.verb == "AlterColumn":
        return _efcore_alter(call, table, call.arg(0, "name"))
    return _efcore_sql(call) if call.verb == "Sql" else []


def _efcore_alter(call: Call, table: str, column: str) -> "list[Step]":
    found = []
    kind, old = call.arg(99, "type"), call.arg(99, "oldType")
    if kind and old and kind != old:
        found.append(place(call, op="alter_type", table=table, column=column, type=kind, using=""))
    if call.named.get("nullable") == "false" and call.named.get("oldNullable") == "true":
        found.append(place(call, op="set_not_null", table=table, column=column))
    return found


def _efcore_sql(call: Call) -> "list[Step]":
    """`Sql("…")`, also with `sql:` and with the quotes of C# that run over lines."""
    given = call.args[0] if call.args else call.named.get("sql", "")
    text = re.sub(r"^[@$]+", "", given.strip())
    return sql_steps(call._replace(args=[text, *call.args[1:]]))
