"""Ecto migrations (hexdocs.pm/ecto_sql: Ecto.Migration), read line by line, and schemas by their table."""

import re

from backend_agent.facts.schema import chains, sql
from backend_agent.facts.schema.state import Operation
from backend_agent.facts.source import SourceFile
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = {
    "string": "varchar",
    "text": "text",
    "integer": "int",
    "bigint": "bigint",
    "boolean": "bool",
    "float": "float",
    "decimal": "numeric",
    "map": "jsonb",
    "binary": "bytea",
    "date": "date",
    "time": "time",
    "naive_datetime": "timestamp",
    "naive_datetime_usec": "timestamp",
    "utc_datetime": "timestamp",
    "utc_datetime_usec": "timestamp",
    "timestamptz": "timestamptz",
    "timestamp": "timestamp",
    "uuid": "uuid",
    "binary_id": "uuid",
    "citext": "text",
    "jsonb": "jsonb",
    "json": "json",
    "serial": "int",
    "bigserial": "bigint",
    "id": "bigint",
    "identity": "bigint",
    "smallint": "smallint",
    "inet": "inet",
}
_BLOCK = re.compile(r"\b(create(?:_if_not_exists)?|alter)\s*\(?\s*table\(\s*([^)]*)\)\s*\)?\s*(do\b)?")


def wants(path: str, text: str) -> bool:
    return "Ecto.Migration" in text or ("use Ecto.Schema" in text or 'schema "' in text)


def extract(source: SourceFile) -> "dict[str, Any]":
    text = source.text
    if "use Ecto.Migration" in text:
        name = source.path.rpartition("/")[2]
        up = re.search(r"(?m)^(\s*)def\s+(?:up|change)\b.*?(?=^\1def\s+down\b|\Z)", text, re.DOTALL)
        body = up.group() if up else text
        first = text.count("\n", 0, up.start()) if up else 0
        return {"migration": {"tool": "ecto", "id": name.partition("_")[0], "ops": _operations(body, first), "order": name}}
    match = re.search(r"(?m)^\s*schema\s+\"([\w.]+)\"", text)
    if match is None:
        return {}
    module = re.search(r"defmodule\s+([\w.]+)", text)
    keys = re.findall(r"(?m)^\s*belongs_to[\s(]+:(\w+)\s*,\s*([\w.]+)?(?:.*?foreign_key:\s*:(\w+))?", text)
    line = text.count("\n", 0, match.start(1)) + 1
    return {
        "models": [
            {"class": module.group(1) if module else "", "table": match.group(1), "line": line, "belongs_to": [list(k) for k in keys]}
        ]
    }


def _operations(body: str, first: int) -> "list[Operation]":
    found: list[Operation] = []
    lines = _joined(body)
    table = ""
    for number, line in lines:
        block = _BLOCK.search(line)
        if block:
            table = _block(block, first + number, found)
            if not block.group(3):
                table = ""
            continue
        if re.match(r"\s*end\b", line):
            table = ""
            continue
        found.extend(_inside(table, line) if table else _outside(line, first + number))
    return found


def _joined(body: str) -> "list[tuple[int, str]]":
    """Lines, those that end inside brackets or with a comma joined to the next."""
    rows: list[tuple[int, str]] = []
    pending, start = "", 0
    heredoc = False
    for number, raw in enumerate(body.split("\n")):
        line = raw if heredoc else re.sub(r"(?<!#)#(?!\{).*$", "", raw) if '"' not in raw else raw
        if not pending:
            start = number
        pending = f"{pending}\n{line}" if pending else line
        heredoc = pending.count('"""') % 2 == 1
        depth = pending.count("(") + pending.count("[") - pending.count(")") - pending.count("]")
        if not heredoc and depth <= 0 and not pending.rstrip().endswith((",", "|>")):
            rows.append((start + 1, pending))
            pending = ""
    if pending:
        rows.append((start + 1, pending))
    return rows


def _atom(text: str) -> str:
    return text.strip().lstrip(":").strip('"')


def _block(match: "re.Match[str]", line: int, found: "list[Operation]") -> str:
    parts = chains.split(match.group(2))
    table = _atom(parts[0]) if parts else ""
    prefix = next((_atom(p.partition(":")[2]) for p in parts[1:] if p.strip().startswith("prefix:")), "")
    if prefix and re.fullmatch(r"[\w\"]+", prefix) and prefix != "public":
        table = f"{prefix}.{table}"
    if match.group(1).startswith("create"):
        what: dict[str, Any] = {"columns": [["id", "bigint", False]], "primary_key": ["id"], "line": line}
        if any(re.match(r"\s*primary_key:\s*false", p) for p in parts[1:]):
            what = {"columns": [], "primary_key": [], "line": line}
        if match.group(1).endswith("exists"):
            what["if_not_exists"] = True
        found.append(["create_table", table, what])
    return table


def _inside(table: str, line: str) -> "list[Operation]":
    text = line.strip()
    match = re.match(r"(add|modify|remove|remove_if_exists|add_if_not_exists|timestamps)\b\s*\(?(.*?)\)?\s*$", text, re.DOTALL)
    if match is None:
        return []
    verb, rest = match.group(1), match.group(2)
    if rest.count("(") > rest.count(")"):
        rest += ")"
    parts = chains.split(rest)
    if verb == "timestamps":
        return _timestamps(table, parts)
    name = _atom(parts[0]) if parts else ""
    if verb.startswith("remove"):
        return [["drop_column", table, name]]
    kind_text = parts[1].strip() if len(parts) > 1 else ""
    options = " ".join(parts[2:])
    null = "null: false" not in options
    reference = re.match(r"references\(\s*(.*)\)$", kind_text, re.DOTALL)
    kind = _kind(kind_text, reference)
    if verb == "modify":
        what: dict[str, Any] = {"type": kind}
        if "null:" in options:
            what["null"] = null
        found: list[Operation] = [["alter_column", table, name, what]]
    else:
        primary = "primary_key: true" in options
        found = [["add_column", table, [name, kind, null and not primary]]]
        if primary:
            found.append(["add_primary_column", table, name])
    if reference:
        target = _atom(chains.split(reference.group(1))[0])
        if verb == "modify":
            found.append(["drop_foreign_key", table, [name]])
        found.append(["add_foreign_key", table, {"name": f"{table}_{name}_fkey", "columns": [name], "references": target}])
    return found


def _kind(text: str, reference: "re.Match[str] | None") -> str:
    if reference:
        match = re.search(r"type:\s*:(\w+)", reference.group(1))
        return TYPES.get(match.group(1), match.group(1)) if match else "bigint"
    if text.startswith("{:array"):
        return TYPES.get(_atom(text.partition(",")[2].rstrip("}")), "") + "[]"
    atom = _atom(text)
    return TYPES.get(atom, atom if re.fullmatch(r"\w+", atom) else "")


def _timestamps(table: str, parts: "list[str]") -> "list[Operation]":
    text = ",".join(parts)
    null = "null: true" in text
    kind = "timestamptz" if "timestamptz" in text else "timestamp"
    names = []
    for key, default in (("inserted_at", "inserted_at"), ("updated_at", "updated_at")):
        match = re.search(rf"{key}:\s*(:?\w+)", text)
        if match and match.group(1) == "false":
            continue
        names.append(_atom(match.group(1)) if match else default)
    return [["add_column", table, [name, kind, null]] for name in names]


def _outside(line: str, number: int) -> "list[Operation]":
    text = line.strip()
    match = re.match(
        r"(create|create_if_not_exists|drop|drop_if_exists)\s*\(?\s*(unique_index|index|constraint|table)\s*\((.*?)\)\s*\)?\s*(?:,.*)?$",
        text,
        re.DOTALL,
    )
    if match:
        return _index(match.group(1), match.group(2), match.group(3))
    match = re.match(
        r"rename\s*\(?\s*table\(\s*:?\"?(\w+)\"?[^)]*\)\s*,\s*(?:to:\s*table\(\s*:?\"?(\w+)\"?|:(\w+)\s*,\s*to:\s*:(\w+))", text
    )
    if match:
        if match.group(2):
            return [["rename_table", match.group(1), match.group(2)]]
        return [["rename_column", match.group(1), match.group(3), match.group(4)]]
    match = re.match(r"execute\s*\(?\s*(\"\"\".*?\"\"\"|~[sS]?\S.*|\".*?\"(?=\s*(?:,|\)|$)))", text, re.DOTALL)
    if match:
        return sql.operations(match.group(1).strip('"').replace('\\"', '"'), number)
    return []


def _index(verb: str, kind: str, inner: str) -> "list[Operation]":
    parts = chains.split(inner)
    table = _atom(parts[0])
    if kind == "table":
        return [["drop_table", table]] if verb.startswith("drop") else []
    if kind == "constraint":
        return [["drop_constraint", table, _atom(parts[1])]] if verb.startswith("drop") and len(parts) > 1 else []
    raw = parts[1].strip() if len(parts) > 1 else ""
    items = chains.split(raw[1:-1]) if raw.startswith("[") else [raw]
    columns = [_atom(item) for item in items if re.fullmatch(r"\s*:\"?\w+\"?\s*", item)]
    options = ",".join(parts[2:])
    named = re.search(r"name:\s*:?\"?(\w+)\"?", options)
    name = named.group(1) if named else f"{table}_{'_'.join(columns)}_index"
    if verb.startswith("drop"):
        return [["drop_index", table, name]] if named else [["drop_index", table, columns]]
    unique = kind == "unique_index" or "unique: true" in options
    plain = len(columns) == len(items) and "where:" not in options and not re.search(r"using:\s*:?\"?(gin|gist|brin|hash)", options)
    return [["add_unique" if unique else "add_index", table, {"name": name, "columns": columns, "plain": plain}]]


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    from backend_agent.model import ForeignKey

    items = [(path, item) for path in sorted(facts) for item in facts[path].get("models", [])]
    by_class = {item["class"].rpartition(".")[2]: item["table"] for _path, item in items}
    result = []
    for path, item in items:
        keys = [
            ForeignKey((key or f"{name}_id",), by_class[target.rpartition(".")[2]], False, item["line"])
            for name, target, key in item["belongs_to"]
            if target.rpartition(".")[2] in by_class
        ]
        result.append(Table(item["table"], item["class"].rpartition(".")[2], path, item["line"], foreign_keys=tuple(keys), orm="ecto"))
    return result
