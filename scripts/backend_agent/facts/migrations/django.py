"""Django: the operations of a migration. Tables are models here."""

import re

from backend_agent.facts.migrations.calls import Call, calls, place, sql_steps
from backend_agent.facts.migrations.statements import Step
from backend_agent.facts.schema import chains


def django(text: str, first: int) -> "list[Step]":
    hidden = [(m.start(), chains.skip(text, m.end())) for m in re.finditer(r"\bstate_operations\s*=\s*(?=\[)", text)]
    found: list[Step] = []
    for call in calls(text, r"\b(?:migrations\.|operations\.)?(?P<verb>[A-Z]\w+)(?=\()", first):
        if not any(begin <= call.at < end for begin, end in hidden):
            found.extend(_django_step(call, text))
    return found


def _django_step(call: Call, text: str) -> "list[Step]":
    model = call.arg(0, "model_name")
    if call.verb == "CreateModel":
        return [place(call, op="create_table", table=call.arg(0, "name"))]
    if call.verb in {"AddIndex", "AddIndexConcurrently"}:
        return [place(call, op="add_index", table=model, concurrent=call.verb != "AddIndex", unique=False)]
    if call.verb in {"AddConstraint", "AddConstraintNotValid"}:
        if "UniqueConstraint(" in call.raw:
            return [place(call, op="add_unique", table=model, using=False)]
        if "CheckConstraint(" in call.raw:
            return [place(call, op="add_check", table=model, valid=call.verb == "AddConstraint", text="", name="")]
    if call.verb == "RemoveField":
        return [place(call, op="drop_column", table=model, column=call.arg(1, "name"))]
    if call.verb == "RenameField":
        return [place(call, op="rename_column", table=model, column=call.arg(1, "old_name"), to=call.arg(2, "new_name"))]
    if call.verb == "RunSQL":
        reverse = len(call.args) > 1 or "reverse_sql" in call.named
        return [
            *sql_steps(_first(call, "sql")),
            *([] if reverse else [place(call, op="irreversible", table="", what="RunSQL without reverse_sql")]),
        ]
    if call.verb == "RunPython":
        reverse = len(call.args) > 1 or "reverse_code" in call.named
        function = (call.args[:1] or [call.named.get("code", "")])[0]
        found = [] if reverse else [place(call, op="irreversible", table="", what="RunPython without reverse_code")]
        return found + _django_function(text, function, call.line - text.count("\n", 0, call.at))
    return []


def _first(call: Call, name: str) -> Call:
    return call if call.args or name not in call.named else call._replace(args=[call.named[name]])


def _django_function(text: str, function: str, first: int) -> "list[Step]":
    """Updates of a whole table in the function that RunPython calls."""
    match = re.search(rf"(?m)^def {re.escape(function)}\(.*\n((?:[ \t]+.*\n|\s*\n)*)", text) if re.fullmatch(r"\w+", function) else None
    if match is None:
        return []
    found = []
    for update in re.finditer(r"\b(\w+)\.objects(?:\.using\([^)]*\))?(?:\.all\(\))?\.(update|delete)\(", match.group(1)):
        line = first + text.count("\n", 0, match.start(1) + update.start())
        verb = update.group(2).upper()
        found.append({"op": "update", "verb": verb, "table": update.group(1).lower(), "bulk": True, "line": line, "end": line})
    return found
