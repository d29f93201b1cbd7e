"""Diesel's schema.rs (diesel.rs: `table!`, `joinable!`), SeaORM migrations and entities (sea-ql.org)."""

import re

from backend_agent.facts.schema import chains, sql
from backend_agent.facts.schema._sea_orm import entities, snake, tables
from backend_agent.facts.schema.state import Operation
from backend_agent.facts.schema.values import Call, Name
from backend_agent.facts.source import SourceFile
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = {
    "int4": "int",
    "integer": "int",
    "int8": "bigint",
    "bigint": "bigint",
    "int2": "smallint",
    "smallint": "smallint",
    "varchar": "varchar",
    "text": "text",
    "bool": "bool",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "date": "date",
    "jsonb": "jsonb",
    "json": "json",
    "uuid": "uuid",
    "float8": "float",
    "float4": "float",
    "numeric": "numeric",
    "bytea": "bytea",
    "binary": "bytea",
    "double": "float",
    "string": "varchar",
    "string_len": "varchar",
    "char": "char",
    "big_integer": "bigint",
    "small_integer": "smallint",
    "boolean": "bool",
    "timestamp_with_time_zone": "timestamptz",
    "date_time": "timestamp",
    "json_binary": "jsonb",
    "decimal": "numeric",
    "float": "float",
    "enumeration": "enum",
    "time": "time",
    "unsigned": "bigint",
    "big_unsigned": "bigint",
    "tiny_integer": "smallint",
    "var_binary": "bytea",
    "blob": "bytea",
    "citext": "text",
    "decimal_len": "numeric",
}


def wants(path: str, text: str) -> bool:
    return "table!" in text or "MigrationTrait" in text or ("sea_orm(" in text and "table_name" in text)


def extract(source: SourceFile) -> "dict[str, Any]":
    text = source.text
    if "MigrationTrait" in text and "async fn up" in text:
        name = source.path.rpartition("/")[2].removesuffix(".rs")
        return {"migration": {"tool": "sea-orm", "id": name, "ops": _sea_orm(text), "order": name}}
    if re.search(r"(?:diesel::)?table!\s*\{", text):
        return {"snapshot": {"tool": "diesel", "ops": _diesel(text), "weak": True}}  # it knows no index: migrations tell more
    found = entities(source.path, text) if "table_name" in text else []
    return {"models": found} if found else {}


def models(_repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    """The tables that entities of SeaORM declare."""
    return tables({path: content["models"] for path, content in facts.items() if content.get("models")})


def _diesel(text: str) -> "list[Operation]":
    found: list[Operation] = []
    for match in re.finditer(r"\btable!\s*\{", text):
        body = text[match.end() : chains.skip(text, match.end() - 1) - 1]
        body = re.sub(r"//[^\n]*", "", body)
        head = re.search(r"(?:#\[sql_name\s*=\s*\"(\w+)\"\]\s*)?((?:\w+\.)?\w+)\s*(?:\(([^)]*)\))?\s*\{(.*)\}", body, re.DOTALL)
        if head is None:
            continue
        columns = []
        for sql_name, name, kind in re.findall(
            r"(?:#\[sql_name\s*=\s*\"(\w+)\"\]\s*)?(?:#\[[^\]]*\]\s*)*(?:r#)?(\w+)\s*->\s*([^,]+)", head.group(4)
        ):
            null = "Nullable<" in kind
            inner = re.sub(r"Nullable<|Unsigned<|[<>]", " ", kind).split()
            shown = inner[-1].lower() if inner else ""
            columns.append([sql_name or name, ("array" if "Array" in kind else TYPES.get(shown, shown)), null])
        key = [k.strip() for k in (head.group(3) or "id").split(",") if k.strip()]
        line = text.count("\n", 0, match.start()) + 1
        found.append(["create_table", head.group(1) or head.group(2), {"columns": columns, "primary_key": key, "line": line}])
    for child, parent, column in re.findall(r"joinable!\(\s*(\w+)\s*->\s*(\w+)\s*\(\s*(\w+)\s*\)\s*\)", text):
        found.append(["add_foreign_key", child, {"columns": [column], "references": parent}])
    return found


def _iden(text: str, names: "dict[str, str]") -> str:
    """`User::Table` → user, `User::CreatedAt` → created_at, `"users"` → users."""
    text = re.sub(r"^Alias::new\((.*)\)$", r"\1", text.strip(), flags=re.DOTALL).strip().rstrip(",")
    if text.startswith('"'):
        return text.strip('"')
    if text in names:
        return names[text]
    owner, _, last = text.rpartition("::")
    return snake(owner.rpartition("::")[2] if last == "Table" else last)


def _renamed(text: str) -> "dict[str, str]":
    """`#[sea_orm(iden = "users")]` on a variant or an enum."""
    names: dict[str, str] = {}
    for match in re.finditer(r"(?:pub\s+)?enum\s+(\w+)\s*\{", text):
        body = text[match.end() : chains.skip(text, match.end() - 1) - 1]
        for iden, variant in re.findall(r"#\[(?:sea_orm\()?iden\s*=\s*\"(\w+)\"\)?\]\s*(\w+)", body):
            names[f"{match.group(1)}::{variant}"] = iden
    return names


def _source(value: "Any") -> str:
    return value.name if isinstance(value, Name) else (f'"{value}"' if isinstance(value, str) else "")


_PART = re.compile(r"\.(?:primary_key|index|foreign_key|add_foreign_key)\(\s*(?:&mut\s*)?$")


def _sea_orm(text: str) -> "list[Operation]":
    names = _renamed(text)
    start = text.find("async fn up")
    brace = text.find("{", start)
    body = text[brace + 1 : chains.skip(text, brace) - 1]
    first = text.count("\n", 0, brace) + 1
    found: list[Operation] = []
    for match in re.finditer(
        r"\b(Table::(create|alter|drop|rename)|Index::(create|drop)|ForeignKey::(create|drop)|execute_unprepared)\s*(?=\()", body
    ):
        if _PART.search(body[max(0, match.start() - 80) : match.start()]):
            continue  # a part of the table that is being made: read with it
        line = first + body.count("\n", 0, match.start())
        calls = chains.chain(body[match.start() :], r"\s*(?:\.|::)\s*", line)
        if match.group(1) == "execute_unprepared":
            value = calls[0].args[0] if calls and calls[0].args else ""
            found.extend(sql.operations(value, line) if isinstance(value, str) else [])
        elif calls:
            found.extend(_sea_call(match.group(1), calls, names, line))
    return found


def _sea_call(kind: str, calls: "list[Call]", names: "dict[str, str]", line: int) -> "list[Operation]":
    def argument(call: Call, index: int = 0) -> str:
        return _iden(_source(call.args[index]), names) if len(call.args) > index else ""

    by_verb = {call.name: call for call in calls}
    table = argument(by_verb["table"]) if "table" in by_verb else ""
    if kind == "Table::drop":
        return [["drop_table", table]]
    if kind == "Table::rename":
        return [["rename_table", table, argument(by_verb["table"], 1)]]
    if kind == "Index::create":
        key = {"name": argument(by_verb["name"]) if "name" in by_verb else "", "columns": [argument(c) for c in calls if c.name == "col"]}
        return [["add_unique" if "unique" in by_verb else "add_index", table, key]] if table else []
    if kind == "Index::drop":
        return [["drop_index", table, argument(by_verb["name"])]] if "name" in by_verb else []
    if kind == "ForeignKey::create":
        return _foreign(calls, names, "")
    found: list[Operation] = [["create_table", table, {"columns": [], "line": line}]] if kind == "Table::create" else []
    for call in calls:
        found.extend(_sea_table_part(table, call, names))
    return found


def _sea_table_part(table: str, call: Call, names: "dict[str, str]") -> "list[Operation]":
    """One call on a table that is created or altered."""
    text = _source(call.args[0]) if call.args else ""
    first = _iden(text, names) if call.args else ""
    if call.name in {"col", "add_column", "add_column_if_not_exists", "modify_column"}:
        return _sea_column(table, text, names, call.name == "modify_column")
    if call.name in {"foreign_key", "add_foreign_key"}:
        return _foreign(chains.chain(text, r"\s*(?:\.|::)\s*"), names, table)
    if call.name in {"primary_key", "index"}:
        inner = chains.chain(text, r"\s*(?:\.|::)\s*")
        verbs = {c.name for c in inner}
        columns = [_iden(_source(c.args[0]), names) for c in inner if c.name == "col" and c.args]
        if call.name == "primary_key" or "primary" in verbs:
            return [["add_primary_key", table, columns]]
        return [["add_unique" if "unique" in verbs else "add_index", table, {"columns": columns}]]
    if call.name == "rename_column" and len(call.args) > 1:
        return [["rename_column", table, first, _iden(_source(call.args[1]), names)]]
    return [[call.name, table, first]] if call.name in {"drop_column", "drop_foreign_key"} else []


def _sea_column(table: str, text: str, names: "dict[str, str]", modify: bool) -> "list[Operation]":
    calls = chains.chain(text, r"\s*(?:\.|::)\s*")
    if not calls or not calls[0].args:
        return []
    first = calls[0]
    name = _iden(_source(first.args[0]), names)
    verbs = [call.name for call in calls]
    short = first.name  # schema helpers of sea-orm 1.1: pk_auto(User::Id), string_null(…), integer_uniq(…)
    kind = next((TYPES[v] for v in verbs[1:] if v in TYPES), "")
    null = "not_null" not in verbs and "primary_key" not in verbs
    primary = "primary_key" in verbs or short in {"pk_auto", "pk_uuid", "big_pk_auto"}
    unique = "unique_key" in verbs or short.endswith("_uniq")
    if short != "new":
        base = short.removesuffix("_null").removesuffix("_uniq")
        kind = {"pk_auto": "int", "pk_uuid": "uuid", "big_pk_auto": "bigint"}.get(base, TYPES.get(base, kind))
        null = short.endswith("_null")
    if modify:
        return [["alter_column", table, name, {"type": kind, "null": null}]]
    found: list[Operation] = [["add_column", table, [name, kind, null and not primary]]]
    if primary:
        found.append(["add_primary_column", table, name])
    if unique:
        found.append(["add_unique", table, {"columns": [name]}])
    return found


def _foreign(calls: "list[Call]", names: "dict[str, str]", table: str) -> "list[Operation]":
    columns: list[str] = []
    target, name = "", ""
    for call in calls:
        texts = [_source(a) for a in call.args]
        if call.name in {"from", "from_tbl"} and texts:
            table = _iden(texts[0], names) or table
            columns = [_iden(t, names) for part in texts[1:] for t in part.strip("()").split(",") if t.strip()]
        elif call.name == "from_col" and texts:
            columns.append(_iden(texts[0], names))
        elif call.name in {"to", "to_tbl"} and texts:
            target = _iden(texts[0], names)
        elif call.name == "name" and texts:
            name = texts[0].strip('"')
    return [["add_foreign_key", table, {"name": name, "columns": columns, "references": target}]] if table and columns and target else []
