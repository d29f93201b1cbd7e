"""Entities of SeaORM (sea-ql.org/SeaORM: entity structure): the table, columns and relations that a `Model` declares."""

import re

from backend_agent.facts.schema import chains
from backend_agent.facts.schema.state import Schema
from backend_agent.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ENTITY = re.compile(
    r"#\[sea_orm\(([^)\]]*\btable_name\s*=\s*\"[^)\]]*)\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?struct\s+\w+\s*\{"
)
_FIELD = re.compile(r"((?:#\[[^\]]*\]\s*)*)(?:pub(?:\([^)]*\))?\s+)?(?:r#)?(\w+)\s*:\s*([^,\n]+(?:<[^>]*>)?)\s*(?:,|$)")
_BELONGS = re.compile(r"#\[sea_orm\(([^\]]*\bbelongs_to\s*=[^\]]*)\)\]", re.DOTALL)
_SET = re.compile(r"\b(\w+)\s*=\s*(?:\"([^\"]*)\"|([\w:]+))")
TYPES = {
    "i8": "smallint", "i16": "smallint", "i32": "int", "u32": "bigint", "i64": "bigint", "u64": "bigint", "f32": "float", "f64": "float",
    "String": "varchar", "bool": "bool", "Uuid": "uuid", "DateTime": "timestamp", "NaiveDateTime": "timestamp", "TimeDateTime": "timestamp",
    "ChronoDateTime": "timestamp", "DateTimeUtc": "timestamptz", "DateTimeWithTimeZone": "timestamptz", "ChronoDateTimeUtc": "timestamptz",
    "TimeDateTimeWithTimeZone": "timestamptz", "DateTimeLocal": "timestamptz", "Date": "date", "NaiveDate": "date", "Time": "time",
    "Json": "json", "JsonValue": "json", "Value": "json", "Decimal": "numeric", "BigDecimal": "numeric", "u8": "bytea",
}  # fmt: skip


def entities(path: str, text: str) -> "list[dict[str, Any]]":
    """The entities of a file, with the module by which others name them."""
    found: list[dict[str, Any]] = []
    starts = [match.start() for match in _ENTITY.finditer(text)]
    for number, match in enumerate(_ENTITY.finditer(text)):
        said = _settings(match.group(1))
        body = re.sub(r"//[^\n]*", "", text[match.end() : chains.skip(text, match.end() - 1) - 1])
        until = starts[number + 1] if number + 1 < len(starts) else len(text)
        fields = [_field(*hit) for hit in _FIELD.findall(body)]
        found.append(
            {
                "table": f"{said['schema_name']}.{said['table_name']}" if said.get("schema_name") else said["table_name"],
                "module": _module(path, text, match.start()),
                "line": text.count("\n", 0, match.start()) + 1,
                "columns": [[name, kind, null] for name, kind, null, _said in fields],
                "primary_key": [name for name, _k, _n, said_of in fields if "primary_key" in said_of],
                "unique": [[name] for name, _k, _n, said_of in fields if re.search(r"\bunique\b", said_of)],
                "fields": {
                    field: name for (_a, field, _t), (name, *_rest) in zip(_FIELD.findall(body), fields, strict=True) if field != name
                },
                "belongs": [_settings(one) for one in _BELONGS.findall(text[match.end() : until])],
            }
        )
    return found


def _settings(text: str) -> "dict[str, str]":
    return {name: quoted or plain for name, quoted, plain in _SET.findall(text)}


def _field(attributes: str, name: str, kind: str) -> "tuple[str, str, bool, str]":
    said = " ".join(re.findall(r"#\[sea_orm\((.*?)\)\]", attributes, re.DOTALL))
    settings = _settings(said)
    null = kind.strip().startswith("Option<")
    inner = kind.strip().removeprefix("Option<").rstrip("> ").removeprefix("Vec<").rpartition("::")[2]
    told = settings.get("column_type", "").partition("(")[0]
    shown = {"Text": "text", "JsonBinary": "jsonb", "Json": "json", "Decimal": "numeric", "Char": "char"}.get(told, "")
    return settings.get("column_name", name), shown or TYPES.get(inner, inner.lower()), null or " nullable" in f" {said}", said


def _module(path: str, text: str, at: int) -> str:
    """The module that holds an entity: an inline one around it, else its file."""
    inline = re.findall(r"(?m)^\s*(?:pub\s+)?mod\s+(\w+)\s*\{", text[:at])
    stem = path.rpartition("/")[2].removesuffix(".rs")
    return inline[-1] if inline else (path.split("/")[-2] if stem == "mod" and "/" in path else stem)


def tables(facts: "dict[str, list[dict[str, Any]]]") -> "list[Table]":
    """The tables of all entities; a relation names another entity by its module."""
    by_module = {one["module"]: one["table"] for path in sorted(facts) for one in facts[path]}
    schema = Schema("sea-orm")
    for path in sorted(facts):
        for one in facts[path]:
            keys = []
            for said in one["belongs"]:
                target = said["belongs_to"].removesuffix("::Entity").rpartition("::")[2]
                own = snake(said.get("from", "").rpartition("::")[2])
                if own and target in by_module:
                    keys.append({"columns": [one["fields"].get(own, own)], "references": by_module[target]})
            name = "".join(part.title() for part in one["module"].split("_"))
            row = {key: one[key] for key in ("columns", "primary_key", "line")}
            unique = [{"columns": columns} for columns in one["unique"]]
            schema.apply([["create_table", one["table"], {**row, "name": name, "foreign_keys": keys, "unique": unique}]], path)
    return schema.tables()


def snake(name: str) -> str:
    """`CreatedAt` → created_at."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
