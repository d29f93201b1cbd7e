"""Django: the operations of a migration. Tables are models here."""

import re

from backend_agent.facts.migrations.calls import Call, calls, place, some, sql_steps
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
        return _constraint(call, model)
    if call.verb == "AddField":
        return _added(call, model)
    if call.verb in {"AlterUniqueTogether", "AlterIndexTogether"}:
        given = call.args[1] if len(call.args) > 1 else call.named.get(re.sub(r"Alter(\w+)Together", r"\1_together", call.verb).lower(), "")
        if not re.search(r"[\"']", given):
            return []
        unique = call.verb == "AlterUniqueTogether"
        return (
            [place(call, op="add_unique", table=call.arg(0, "name"), using=False)]
            if unique
            else [place(call, op="add_index", table=call.arg(0, "name"), concurrent=False, unique=False)]
        )
    if call.verb == "DeleteModel":
        return [place(call, op="drop_table", table=call.arg(0, "name"))]
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


def _constraint(call: Call, model: str) -> "list[Step]":
    if "UniqueConstraint(" in call.raw:
        if re.search(r"\b(?:condition|include|opclasses)\s*=|UniqueConstraint\(\s*[\w.]+\(", call.raw):
            return [place(call, op="add_index", table=model, concurrent=False, unique=True)]  # a unique index: no constraint has these
        return [place(call, op="add_unique", table=model, using=False)]
    if "CheckConstraint(" in call.raw:
        return [place(call, op="add_check", table=model, valid=call.verb == "AddConstraint", text="", name="")]
    return []


def _added(call: Call, model: str) -> "list[Step]":
    field = call.args[2] if len(call.args) > 2 else call.named.get("field", "")
    if "ManyToManyField(" in field:
        return []  # a table of its own
    default = re.search(r"\bdb_default\s*=\s*([\w.]+\(?)", field)
    shown = {"RandomUUID(": "gen_random_uuid()", "Random(": "random()"}.get(default.group(1).rpartition(".")[2], "") if default else ""
    stored = "GeneratedField(" in field and bool(re.search(r"\bdb_persist\s*=\s*True", field))
    unique = bool(re.search(r"\bunique\s*=\s*True", field))
    return [place(call, op="add_column", table=model, column=call.arg(1, "name"), type="", default=shown, stored=stored, unique=unique)]


def _first(call: Call, name: str) -> Call:
    return call if call.args or name not in call.named else call._replace(args=[call.named[name]])


def _django_function(text: str, function: str, first: int) -> "list[Step]":
    """Updates of a whole table in the function that RunPython calls: by one statement, or row by row in one loop."""
    match = re.search(rf"(?m)^def {re.escape(function)}\(.*\n((?:[ \t]+.*\n|\s*\n)*)", text) if re.fullmatch(r"\w+", function) else None
    if match is None:
        return []
    body = match.group(1)
    models = {m.group(1): m.group(2) for m in re.finditer(r"(\w+)\s*=\s*\w+\.get_model\(\s*[^)]*?[\"'.](\w+)[\"']\s*,?\s*\)", body)}
    whole = re.finditer(rf"\b(\w+)\.objects{_CHAIN}\.(update|delete)\(", body)
    found = [(update.group(2).upper(), update.group(1), update.start(), some(update.group(), body[update.end() :])) for update in whole]
    for loop in re.finditer(
        rf"(?m)^([ \t]+)for (\w+) in (\w+)\.objects{_CHAIN}\.(?:all|iterator)\([^()]*\)(?:\.iterator\([^()]*\))?:", body
    ):
        rest = re.search(rf"(?m)^(?!{loop.group(1)}[ \t]+\S)(?![ \t]*$)", body[loop.end() + 1 :])
        inside = body[loop.end() : loop.end() + 1 + rest.start() if rest else len(body)]
        if re.search(rf"\b{loop.group(2)}\.save\(", inside):
            found.append(("UPDATE", loop.group(3), loop.start() + len(loop.group(1)), some(loop.group(), "")))
    rows: list[Step] = []
    for verb, name, at, chosen in found:
        line = first + text.count("\n", 0, match.start(1) + at)
        looped = body[at:].startswith("for ")
        step = {"op": "update", "verb": verb, "table": models.get(name, name).lower(), "bulk": True, "loop": looped, **chosen}
        rows.append({**step, "line": line, "end": line})
    return rows


_CHAIN = r"(?:\.using\([^()]*\)|\.all\(\)|\.(?:filter|exclude)\(\s*\w+__isnull\s*=\s*\w+\s*\))*"
