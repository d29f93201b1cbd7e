"""Alembic: calls of `op` and of the batches that it opens."""

import re

from backend_agent.facts.migrations.calls import Call, calls, is_true, place, sql_steps, statement_end, table_at
from backend_agent.facts.migrations.statements import Step
from backend_agent.facts.schema import chains


def alembic(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    batches = []
    for match in re.finditer(r"(?m)^([ \t]*)with .*?batch_alter_table\(\s*[\"'](\w+)[\"'].*?as (\w+)\s*:", text):
        rest = re.search(rf"(?m)^(?!{match.group(1)}[ \t]+\S)(?![ \t]*$)", text[match.end() + 1 :])
        batches.append((match.start(), match.end() + 1 + rest.start() if rest else len(text), match.group(2).lower()))
    for call in calls(text, r"\b(?:\w*op)\.(?P<verb>\w+)(?=\()", first):
        batch = table_at(batches, call.at) if not text.startswith("op.", call.at) else ""
        found.extend(_alembic_step(call, batch))
    for call in calls(text, r"\b(?:conn\w*|bind|session|db|op\.get_bind\(\)|connection)\.(?P<verb>execute)(?=\()", first):
        found.extend(sql_steps(call))
    return found + _built(text, first)


def _built(text: str, first: int) -> "list[Step]":
    """Updates and deletes of a whole table that SQLAlchemy builds: `accounts.update().values(…)`, `update(Account)`."""
    found: list[Step] = []
    for match in re.finditer(r"\b(?:sa\.)?(?:(\w+)\.(update|delete)\(\)|(update|delete)\((\w+)\))", text):
        name, verb = match.group(1) or match.group(4), (match.group(2) or match.group(3)).upper()
        before = text[: match.start()].rstrip()
        statement = text[match.start() : statement_end(text, match.end())]
        if not before.endswith("(") or re.search(r"\.(where|filter|filter_by|in_)\(", statement):
            continue
        table = re.search(rf"(?m)^\s*{name}\s*=\s*(?:\w+\.)*[tT]able\(\s*[\"'](\w+)", text)
        line = first + text.count("\n", 0, match.start())
        found.append(
            {"op": "update", "verb": verb, "table": (table.group(1) if table else name).lower(), "bulk": True, "line": line, "end": line}
        )
    return found


def _alembic_step(call: Call, batch: str) -> "list[Step]":
    shift = 1 if batch else 0
    table = batch or call.arg(0, "table_name")
    if call.verb == "create_table":
        return [place(call, op="create_table", table=call.arg(0, "table_name"))]
    if call.verb == "add_column":
        return [_alembic_column(call, table, call.args[1 - shift] if len(call.args) > 1 - shift else "")]
    if call.verb == "create_index":
        concurrent = is_true(call.named.get("postgresql_concurrently", ""))
        target = batch or call.arg(1, "table_name")
        return [place(call, op="add_index", table=target, concurrent=concurrent, unique=is_true(call.named.get("unique", "")))]
    if call.verb in {"create_unique_constraint", "create_primary_key"}:
        return [place(call, op="add_unique", table=batch or call.arg(1, "table_name"), using=False)]
    if call.verb in {"create_foreign_key", "create_check_constraint"}:
        valid = not is_true(call.named.get("postgresql_not_valid", ""))
        kind = "add_foreign_key" if call.verb == "create_foreign_key" else "add_check"
        written = re.sub(r"\s+", " ", call.args[2 - shift].strip("\"'")).upper() if len(call.args) > 2 - shift else ""
        return [place(call, op=kind, table=batch or call.arg(1, "source_table", "table_name"), valid=valid, text=written, name=call.arg(0))]
    if call.verb == "alter_column":
        return _alembic_alter(call, table, call.arg(1 - shift, "column_name"))
    if call.verb == "drop_column":
        return [place(call, op="drop_column", table=table, column=call.arg(1 - shift, "column_name"))]
    if call.verb == "drop_table":
        return [place(call, op="drop_table", table=table)]
    if call.verb == "rename_table":
        return [place(call, op="rename_table", table=table, to=call.arg(1, "new_table_name"))]
    return sql_steps(call) if call.verb == "execute" else []


def _alembic_column(call: Call, table: str, column: str) -> Step:
    inner = column[column.find("(") + 1 :]
    parts = chains.split(inner.rstrip(")") if inner.endswith("))") else inner[:-1])
    default = next((part.partition("=")[2] for part in parts if re.match(r"\s*server_default\s*=", part)), "")
    unique = bool(re.search(r"\bunique\s*=\s*True", column))
    stored = bool(re.search(r"\bComputed\((?s:.*)persisted\s*=\s*True|\bIdentity\(", column))
    name = parts[0].strip(" \n\"'").lower() if parts else ""
    required = bool(re.search(r"\bnullable\s*=\s*False", column)) and not re.search(
        r"\bserver_default\s*=|\bIdentity\(|\bComputed\(", column
    )
    step = place(call, op="add_column", table=table, column=name, type="", default=default, stored=stored, unique=unique)
    return {**step, "required": required}


_SA_TYPES = {"biginteger": "bigint", "integer": "int", "smallinteger": "smallint", "boolean": "boolean", "date": "date", "float": "real"}
_SA_TYPES |= {"uuid": "uuid", "jsonb": "jsonb", "json": "json", "largebinary": "bytea", "double": "double precision"}


def _alembic_alter(call: Call, table: str, column: str) -> "list[Step]":
    found = []
    if "new_column_name" in call.named:
        found.append(place(call, op="rename_column", table=table, column=column, to=call.arg(99, "new_column_name")))
    kind = call.named.get("type_", "")
    if kind:
        name = re.sub(r"\(.*", "", kind, flags=re.DOTALL).rpartition(".")[2].lower()
        old = re.sub(r"\(.*", "", call.named.get("existing_type", ""), flags=re.DOTALL).rpartition(".")[2].lower()
        target = _SA_TYPES.get(name, name)
        if _SA_TYPES.get(old, old) != target:
            found.append(
                place(call, op="alter_type", table=table, column=column, type=target, using=call.named.get("postgresql_using", ""))
            )
    if call.named.get("nullable") == "False" and call.named.get("existing_nullable") != "False":
        found.append(place(call, op="set_not_null", table=table, column=column))
    return found
