"""Active Record: the methods of a migration."""

import re

from backend_agent.facts.migrations.calls import Call, calls, is_true, place, some, sql_steps
from backend_agent.facts.migrations.statements import Step, steps
from backend_agent.facts.schema import chains


def rails(text: str, first: int) -> "list[Step]":
    text = _without_blocks(text, r"\bsafety_assured\s*(?=do\b|\{)")
    found: list[Step] = []
    verbs = "create_table|drop_table|rename_table|add_index|add_reference|add_belongs_to|add_foreign_key|add_check_constraint|change_column"
    verbs += (
        "|change_column_null|remove_column|rename_column|execute|add_column|remove_index|validate_foreign_key|validate_check_constraint"
        "|change_column_default|remove_columns|create_join_table|add_timestamps|remove_timestamps"
    )
    change = bool(re.search(r"(?m)^\s*def change\b", text))
    safe = _ranges(text, r"(?m)^([ \t]*)(?:reversible|up_only)\b.*\bdo\b", r"^{indent}end\b")
    safe += [(m.start(), chains.skip(text, m.end())) for m in re.finditer(r"\bup_only\s*(?=\{)", text)]
    for call in calls(text, rf"(?m)(?<![.\w:])(?P<verb>{verbs})(?=\(|[ \t]+[:\"'<\w])", first, "ruby"):
        found.extend(_rails_step(call, change and not any(begin <= call.at < end for begin, end in safe)))
    for match in re.finditer(r"(?s)\bexecute[ (]+<<[~-]?['\"]?(\w+)['\"]?\)?[^\n]*\n(.*?)^\s*\1\b", text, re.MULTILINE):
        found.extend(steps(match.group(2), first + text.count("\n", 0, match.start(2))))
    return found + _changed(text, first, change) + _rows(text, first)


_WHOLE = r"([A-Z][\w:]*)(?:\.unscoped|\.all|\.where\(\s*(?:\w+:|:\w+\s*=>)\s*nil\s*\)|\.where\.not\(\s*\w+:\s*nil\s*\))*"


def _rows(text: str, first: int) -> "list[Step]":
    """Changes of a whole table: by one statement, or row by row in the transaction of the migration."""
    found = [
        ("UPDATE" if match.group(2) == "update_all" else "DELETE", match)
        for match in re.finditer(rf"(?m)^\s*{_WHOLE}\.(update_all|delete_all|destroy_all)\b", text)
    ]
    if "disable_ddl_transaction" not in text:
        for match in re.finditer(rf"(?m)^(?P<indent>[ \t]*){_WHOLE}\.(?:find_each|each|find_in_batches)\b.*\|(\w+)\|[ \t]*$", text):
            close = re.search(rf"(?m)^{match.group('indent')}(?:end\b|\}})", text[match.end() :])
            inside = text[match.end() : match.end() + close.start() if close else len(text)]
            if re.search(rf"\b{match.group(3)}\.(?:update|save|update_column|update_columns|update_attribute)s?\b", inside):
                found.append(("UPDATE", match))
    rows: list[Step] = []
    for verb, match in found:
        name = next(group for group in match.groups() if group and group[0].isupper())
        line = first + text.count("\n", 0, match.start() + len(match.group()) - len(match.group().lstrip()))
        looped = match.re.pattern.startswith("(?m)^(?P<indent>")
        chosen = some(match.group(), text[match.end() :])
        rows.append(
            {"op": "update", "verb": verb, "table": name.lower(), "bulk": True, "loop": looped, **chosen, "line": line, "end": line}
        )
    return rows


_SHORT = {"index": "add_index", "references": "add_reference", "belongs_to": "add_reference", "foreign_key": "add_foreign_key"}
_SHORT |= {"check_constraint": "add_check_constraint", "change": "change_column", "change_null": "change_column_null"}
_SHORT |= {"change_default": "change_column_default", "rename": "rename_column", "remove": "remove_columns", "column": "add_column"}
_SHORT |= {"timestamps": "add_timestamps"}
_TYPED = (
    "string|text|integer|bigint|float|decimal|boolean|date|datetime|timestamp|timestamptz|time|json|jsonb|uuid|binary|inet|hstore|citext"
)


def _changed(text: str, first: int, change: bool) -> "list[Step]":
    """`change_table :orders do |t|`: the short forms within are the methods of a migration with the table before them."""
    found: list[Step] = []
    for begin, end in _ranges(text, r"(?m)^([ \t]*)change_table\b.*\bdo\b", r"^{indent}end\b"):
        head = re.match(r"\s*change_table[ (]+[:\"'](\w+).*\|(\w+)\|", text[begin:end])
        if head is None:
            continue
        verbs = "|".join([*_SHORT, _TYPED])
        line = first + text.count("\n", 0, begin)
        for call in calls(text[begin:end], rf"(?<![\w.]){head.group(2)}\.(?P<verb>{verbs})\b", line, "ruby"):
            verb = _SHORT.get(call.verb, "add_column")
            if verb == "add_column" and call.verb != "column":
                args = [f":{head.group(1)}", *call.args[:1], f":{call.verb}"]
            else:
                args = [f":{head.group(1)}", *call.args]
            found.extend(_rails_step(call._replace(verb=verb, args=args), change))
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
    if call.verb in _MORE:
        return _more(call, table, change)
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
        required = call.named.get("null") == "false" and default in {"", "nil"}
        step = place(call, op="add_column", table=table, column=call.arg(1), type=call.arg(2), default=default, stored=False, unique=False)
        return [{**step, "required": required}]
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


_MORE = frozenset(
    {"create_join_table", "change_column_default", "add_timestamps", "remove_timestamps", "remove_columns", "change_column_null"}
)


def _more(call: Call, table: str, change: bool) -> "list[Step]":
    if call.verb == "create_join_table":
        joined = "_".join(sorted([call.arg(0), call.arg(1)]))
        return [place(call, op="create_table", table=call.arg(99, "table_name") or joined)]
    if call.verb == "change_column_default":
        return _lost(call, change and "to" not in call.named, "change_column_default without from and to")
    if call.verb in {"add_timestamps", "remove_timestamps"}:
        op = "add_column" if call.verb == "add_timestamps" else "drop_column"
        return [place(call, op=op, table=table, column="created_at", type="timestamp", default="", stored=False, unique=False)]
    if call.verb == "remove_columns":
        dropped = [
            place(call, op="drop_column", table=table, column=name.strip().lstrip(":").strip("\"'").lower()) for name in call.args[1:]
        ]
        return [*dropped, *_lost(call, change and "type" not in call.named, "remove_columns without the type")]
    if call.verb == "change_column_null" and call.arg(2) == "false":
        return [place(call, op="set_not_null", table=table, column=call.arg(1))]
    return []
