"""Ecto: the macros of a migration."""

import re

from backend_agent.facts.migrations.calls import Call, calls, place, some, sql_steps, table_at
from backend_agent.facts.migrations.statements import Step


def ecto(text: str, first: int) -> "list[Step]":
    found: list[Step] = []
    change = bool(re.search(r"(?m)^\s*def change\b", text))
    tables = []
    for match in re.finditer(r"(?m)^([ \t]*)alter[ (]+table\(\s*[:\"](\w+)[^\n]*\bdo\b", text):
        close = re.search(rf"(?m)^{match.group(1)}end\b", text[match.end() :])
        tables.append((match.start(), match.end() + close.start() if close else len(text), match.group(2).lower()))
    for call in calls(
        text,
        r"(?<![.\w])(?P<verb>create_if_not_exists|create|drop|rename|execute|modify|remove_if_exists|remove|add)(?=\(|[ \t]+[\w:\"'(])",
        first,
        "elixir",
    ):
        found.extend(_ecto_step(call, table_at(tables, call.at), change))
    for match in re.finditer(_FROM, text):
        line = first + text.count("\n", 0, match.start())
        name = match.group(1).rpartition(".")[2].lower()
        chosen = some(match.group(), match.group().partition("update:")[2] + text[match.end() : match.end() + 200])
        found.append({"op": "update", "verb": "UPDATE", "table": name, "bulk": True, **chosen, "line": line, "end": line})
    for match in re.finditer(r"(?m)\.update_all\(\s*[\"']?(\w+)[\"']?\s*,\s*set:", text):
        line = first + text.count("\n", 0, match.start())
        found.append({"op": "update", "verb": "UPDATE", "table": match.group(1).lower(), "bulk": True, "line": line, "end": line})
    return found


_FROM = re.compile(
    r"""(?s)\bfrom\(?\s*\w+ in [\"']?([\w.]+)[\"']?\s*(?:,\s*where: is_nil\([^()]*\)\s*)?"""
    r"""(?:,\s*update: \[[^\n]*?\]\s*)?\)?\s*\|>\s*[\w.()]*update_all\("""
)
"""A query of a whole table that ends in an update."""


def _ecto_step(call: Call, table: str, change: bool) -> "list[Step]":
    target = re.match(r"\s*(table|index|unique_index|constraint)\(\s*[:\"](\w+)", call.raw)
    if call.verb.startswith("create") and target:
        kind, name = target.group(1), target.group(2).lower()
        if kind == "table":
            return [place(call, op="create_table", table=name)]
        if kind == "constraint":
            valid = not re.search(r"validate:\s*false", call.raw)
            return [place(call, op="add_check", table=name, valid=valid, text=call.raw.upper(), name="")] if "check:" in call.raw else []
        concurrent = bool(re.search(r"concurrently:\s*true", call.raw))
        return [place(call, op="add_index", table=name, concurrent=concurrent, unique=kind != "index")]
    if call.verb == "drop" and target and target.group(1) == "table":
        return [place(call, op="drop_table", table=target.group(2).lower())]
    if call.verb == "rename" and (whole := re.match(r"\s*table\(\s*[:\"](\w+)\"?\s*\)\s*,\s*to:\s*table\(\s*[:\"](\w+)", call.raw)):
        return [place(call, op="rename_table", table=whole.group(1).lower(), to=whole.group(2).lower())]
    if call.verb == "rename":
        match = re.match(r"\s*table\(\s*[:\"](\w+)\"?\s*\)\s*,\s*[:\"](\w+)\"?\s*,\s*to:\s*[:\"](\w+)", call.raw)
        return [place(call, op="rename_column", table=match.group(1), column=match.group(2), to=match.group(3))] if match else []
    if call.verb == "execute":
        lost = change and len(call.args) < 2
        return [*sql_steps(call), *([place(call, op="irreversible", table="", what="execute/1 within change")] if lost else [])]
    if not table:
        return []
    if call.verb in {"remove", "remove_if_exists"}:
        step = place(call, op="drop_column", table=table, column=call.arg(0))
        lost = change and (call.verb == "remove_if_exists" or len(call.args) + len(call.named) < 2)
        return [step, *([place(call, op="irreversible", table="", what="remove without the type within change")] if lost else [])]
    if call.verb == "modify":
        return _modified(call, table, change)
    default = re.search(r"default:\s*fragment\(\s*\"([^\"]*)\"", call.raw)
    if call.verb == "add":
        shown = default.group(1) if default else ""
        required = bool(re.search(r"\bnull:\s*false", call.raw)) and not re.search(r"\bdefault:|\bgenerated:", call.raw)
        step = place(call, op="add_column", table=table, column=call.arg(0), type=call.arg(1), default=shown, stored=False, unique=False)
        return [{**step, "required": required}]
    return []


def _modified(call: Call, table: str, change: bool) -> "list[Step]":
    kind = call.arg(1)
    reference = re.search(r"\breferences\(", call.raw)
    if reference and not re.search(r"validate:\s*false", call.raw):
        return [place(call, op="add_foreign_key", table=table, valid=True, name="")]
    old = re.search(r"\bfrom:\s*\{?\s*:(\w+)", call.raw)
    same = reference or (old is not None and old.group(1) == kind)
    found = [] if same else [place(call, op="alter_type", table=table, column=call.arg(0), type=kind, using="", loose=old is None)]
    if re.search(r"(?<!from: \{)\bnull:\s*false", call.raw.partition("from:")[0]):
        found.append(place(call, op="set_not_null", table=table, column=call.arg(0)))
    if change and "from" not in call.named and not re.search(r"\bfrom:", call.raw):
        found.append(place(call, op="irreversible", table="", what="modify without from: within change"))
    return found
