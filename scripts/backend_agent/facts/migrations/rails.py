"""Active Record: the methods of a migration."""

import re

from backend_agent.facts.migrations.calls import Call, calls, is_true, place, sql_steps
from backend_agent.facts.migrations.statements import Step, steps
from backend_agent.facts.schema import chains


def rails(text: str, first: int) -> "list[Step]":
    text = _without_blocks(text, r"\bsafety_assured\s*(?=do\b|\{)")
    found: list[Step] = []
    verbs = "create_table|drop_table|rename_table|add_index|add_reference|add_belongs_to|add_foreign_key|add_check_constraint|change_column"
    verbs += (
        "|change_column_null|remove_column|rename_column|execute|add_column|remove_index|validate_foreign_key|validate_check_constraint"
    )
    change = bool(re.search(r"(?m)^\s*def change\b", text))
    safe = _ranges(text, r"(?m)^([ \t]*)(?:reversible|up_only)\b.*\bdo\b", r"^{indent}end\b")
    for call in calls(text, rf"(?m)(?<![.\w:])(?P<verb>{verbs})(?=\(|[ \t]+[:\"'<\w])", first, "ruby"):
        found.extend(_rails_step(call, change and not any(begin <= call.at < end for begin, end in safe)))
    for match in re.finditer(r"(?s)\bexecute[ (]+<<[~-]?['\"]?(\w+)['\"]?\)?[^\n]*\n(.*?)^\s*\1\b", text, re.MULTILINE):
        found.extend(steps(match.group(2), first + text.count("\n", 0, match.start(2))))
    for match in re.finditer(r"(?m)^\s*([A-Z][\w:]*)(\.unscoped)?(\.all)?\.(update_all|delete_all|destroy_all)\b", text):
        line = first + text.count("\n", 0, match.start(1))
        verb = "UPDATE" if match.group(4) == "update_all" else "DELETE"
        found.append({"op": "update", "verb": verb, "table": match.group(1).lower(), "bulk": True, "line": line, "end": line})
    return found


def _rails_step(call: Call, change: bool) -> "list[Step]":
    table = call.arg(0)
    if call.verb == "create_table":
        return [place(call, op="create_table", table=table)]
    if call.verb == "drop_table":
        alone = change and not re.search(r"\bdo\b|\{", call.tail) and not call.raw.rstrip().endswith("do")
        return [place(call, op="drop_table", table=table), *_lost(call, alone, "drop_table without the columns")]
    if call.verb == "rename_table":
        return [place(call, op="rename_table", table=table, to=call.arg(1))]
    if call.verb == "add_index":
        concurrent = "concurrently" in call.named.get("algorithm", "")
        return [place(call, op="add_index", table=table, concurrent=concurrent, unique=is_true(call.named.get("unique", "")))]
    if call.verb in {"add_reference", "add_belongs_to"}:
        found = []
        index = call.named.get("index", "true")
        if index != "false":
            found.append(place(call, op="add_index", table=table, concurrent="concurrently" in index, unique=False))
        key = call.named.get("foreign_key", "false")
        if key not in {"false", ""} and "validate: false" not in key:
            found.append(place(call, op="add_foreign_key", table=table, valid=True, name=""))
        return found
    if call.verb in {"add_foreign_key", "add_check_constraint"}:
        kind = "add_foreign_key" if call.verb == "add_foreign_key" else "add_check"
        written = call.args[1].strip("\"'").upper() if len(call.args) > 1 else ""
        return [place(call, op=kind, table=table, valid=call.named.get("validate") != "false", text=written, name=call.arg(99, "name"))]
    if call.verb == "change_column_null" and call.arg(2) == "false":
        return [place(call, op="set_not_null", table=table, column=call.arg(1))]
    if call.verb == "change_column":
        kind = {"integer": "int", "binary": "bytea", "float": "real"}.get(call.arg(2), call.arg(2))
        kind = "bigint" if call.arg(2) == "integer" and call.named.get("limit") == "8" else kind
        step = place(call, op="alter_type", table=table, column=call.arg(1), type=kind, using=call.named.get("using", ""))
        return [step, *_lost(call, change, "change_column")]
    if call.verb == "remove_column":
        step = place(call, op="drop_column", table=table, column=call.arg(1))
        return [step, *_lost(call, change and len(call.args) < 3, "remove_column without the type")]
    if call.verb == "rename_column":
        return [place(call, op="rename_column", table=table, column=call.arg(1), to=call.arg(2))]
    if call.verb == "add_column":
        default = call.named.get("default", "")
        return [
            place(call, op="add_column", table=table, column=call.arg(1), type=call.arg(2), default=default, stored=False, unique=False)
        ]
    return [*sql_steps(call), *_lost(call, change, "execute")] if call.verb == "execute" else []


def _lost(call: Call, change: bool, what: str) -> "list[Step]":
    return [place(call, op="irreversible", table="", what=f"{what} within change")] if change else []


def _without_blocks(text: str, head: str) -> str:
    """Blank what somebody has looked at and marked as safe, keeping the lines."""
    for match in re.finditer(head, text):
        if text[match.end()] == "{":
            end = chains.skip(text, match.end())
        else:
            indent = re.search(r"[ \t]*$", text[: match.start()])
            close = re.search(rf"(?m)^{indent.group() if indent else ''}end\b", text[match.end() :])
            end = match.end() + close.end() if close else len(text)
        blank = re.sub(r"[^\n]", " ", text[match.start() : end])
        text = text[: match.start()] + blank + text[end:]
    return text


def _ranges(text: str, head: str, close: str) -> "list[tuple[int, int]]":
    found = []
    for match in re.finditer(head, text):
        end = re.search("(?m)" + close.format(indent=match.group(1)), text[match.end() :])
        found.append((match.start(), match.end() + end.end() if end else len(text)))
    return found
