"""schema.prisma: models as tables (prisma.io/docs, Prisma schema reference). Not parsed by tree-sitter: the language is line by line."""

import re

from backend_agent.facts.schema.state import Schema
from backend_agent.facts.source import SourceFile
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = {
    "String": "text",
    "Int": "int",
    "BigInt": "bigint",
    "Boolean": "bool",
    "DateTime": "timestamp",
    "Json": "jsonb",
    "Float": "float",
    "Decimal": "numeric",
    "Bytes": "bytea",
}
_BLOCK = re.compile(r"(?m)^\s*(model|enum|view|type|datasource|generator)\s+(\w+)\s*\{")
_FIELD = re.compile(r"^\s*(\w+)\s+(\w+(?:\([^)]*\))?)(\[\])?(\?)?\s*(.*)$")


def wants(path: str, text: str) -> bool:
    return "model " in text or "datasource " in text


def extract(source: SourceFile) -> "dict[str, Any]":
    found: list[dict[str, Any]] = []
    enums: list[str] = []
    relation_mode, provider = "foreignKeys", ""
    text = source.text
    for match in _BLOCK.finditer(text):
        body = _body(text, match.end())
        first = text.count("\n", 0, match.start(2)) + 1
        if match.group(1) == "enum":
            enums.append(match.group(2))
        elif match.group(1) == "datasource":
            mode = re.search(r"relationMode\s*=\s*\"(\w+)\"", body)
            relation_mode = mode.group(1) if mode else relation_mode
            kind = re.search(r"provider\s*=\s*\"(\w+)\"", body)
            provider = kind.group(1) if kind else provider
        elif match.group(1) == "model":
            found.append(_model(match.group(2), body, first))
    return {"prisma": {"models": found, "enums": enums, "relation_mode": relation_mode, "provider": provider}}


def _body(text: str, start: int) -> str:
    depth, at, quoted = 1, start, False
    while at < len(text) and depth:
        character = text[at]
        if character == '"':
            quoted = not quoted
        elif character == "\n":
            quoted = False
        elif not quoted:
            depth += (character == "{") - (character == "}")
        at += 1
    return text[start : at - 1]


def _model(name: str, body: str, line: int) -> "dict[str, Any]":
    found: dict[str, Any] = {
        "name": name,
        "map": "",
        "line": line,
        "fields": [],
        "id": [],
        "unique": [],
        "index": [],
        "ignore": False,
    }
    for row in body.split("\n"):
        row = row.split("//")[0].rstrip()
        stripped = row.strip()
        if stripped.startswith("@@"):
            _attribute(stripped, found)
        elif match := _FIELD.match(row):
            found["fields"].append([match.group(1), match.group(2), bool(match.group(3)), bool(match.group(4)), match.group(5)])
    return found


def _attribute(text: str, found: "dict[str, Any]") -> None:
    kind = re.match(r"@@(\w+)", text)
    if kind is None:
        return
    if kind.group(1) == "map":
        found["map"] = _quoted(text)
    elif kind.group(1) == "schema":
        found["schema"] = _quoted(text)
    elif kind.group(1) in {"id", "unique", "index"}:
        columns = re.search(r"\[([^\]]*)\]", text)
        names = [re.match(r"\s*([\w.]*)", part).group(1) for part in _split(columns.group(1))] if columns else []  # type: ignore[union-attr]
        plain = not re.search(r"type:\s*(Gin|Gist|Brin|SpGist)", text)
        if kind.group(1) == "id":
            found["id"] = names
        else:
            found[kind.group(1)].append([names, plain])


def _split(text: str) -> "list[str]":
    return [part for part in re.split(r",(?![^()]*\))", text) if part.strip()]


def _quoted(text: str) -> str:
    match = re.search(r"\"([^\"]*)\"", text)
    return match.group(1) if match else ""


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    """Tables of all schema files of one folder tree, joined: Prisma reads a folder of files as one schema."""
    groups: dict[str, list[str]] = {}
    for path in sorted(facts):
        if "prisma" in facts[path]:
            folder = path.rpartition("/")[0]
            root = re.sub(r"(^|/)(schema|models?)(/.*)?$", "", folder) if "/" in folder else folder
            groups.setdefault(root, []).append(path)
    tables: list[Table] = []
    for paths in groups.values():
        tables.extend(_schema([(path, facts[path]["prisma"]) for path in paths]))
    return tables


def _schema(files: "list[tuple[str, dict[str, Any]]]") -> "list[Table]":
    by_name = {model["name"]: model for _path, content in files for model in content["models"]}
    enums = {name for _path, content in files for name in content["enums"]}
    provider = next((content["provider"] for _path, content in files if content["provider"]), "")
    enforced = not any(content["relation_mode"] == "prisma" for _path, content in files) and provider != "mongodb"
    schema = Schema("prisma")
    schema.auto_fk_index = provider == "mysql" and enforced
    implicit: dict[tuple[str, ...], None] = {}
    for path, content in files:
        for model in content["models"]:
            schema.apply([["create_table", _table(model), _table_items(model, by_name, enums, enforced)]], path)
            for key in _implicit(model, by_name):
                implicit[key] = None
    for name, left, right in sorted(implicit):
        schema.apply([_join_table(name, by_name[left], by_name[right], enforced)], files[0][0])
    return schema.tables()


def _table(model: "dict[str, Any]") -> str:
    name = model["map"] or model["name"]
    return f"{model['schema']}.{name}" if model.get("schema") else str(name)


def _column(model: "dict[str, Any]", field: str) -> str:
    for name, _kind, _many, _null, rest in model["fields"]:
        if name == field:
            mapped = re.search(r"(?<!@)@map\(\s*(?:name:\s*)?\"([^\"]+)\"", rest)
            return mapped.group(1) if mapped else str(name)
    return field


def _table_items(model: "dict[str, Any]", by_name: "dict[str, Any]", enums: "set[str]", enforced: bool) -> "dict[str, Any]":
    what: dict[str, Any] = {
        "columns": [],
        "primary_key": [_column(model, n) for n in model["id"]],
        "foreign_keys": [],
        "unique": [],
        "indexes": [],
        "line": model["line"],
        "name": model["name"],
    }
    for name, kind, many, null, rest in model["fields"]:
        if kind in by_name:
            relation = re.search(r"fields:\s*\[([^\]]+)\]", rest)
            if relation:
                columns = [_column(model, part.strip()) for part in relation.group(1).split(",")]
                what["foreign_keys"].append({"columns": columns, "references": _table(by_name[kind]), "enforced": enforced})
            continue
        column = _column(model, name)
        shown = "enum" if kind in enums else _native(rest) or TYPES.get(kind, "" if kind.startswith("Unsupported") else kind.lower())
        what["columns"].append([column, shown + ("[]" if many else ""), null])
        if re.search(r"(?<![@\w])@id\b", rest):
            what["primary_key"] = [column]
        if re.search(r"(?<![@\w])@unique\b", rest):
            what["unique"].append({"columns": [column]})
    what["unique"].extend({"columns": [_column(model, n) for n in names], "plain": plain} for names, plain in model["unique"])
    what["indexes"].extend({"columns": [_column(model, n) for n in names], "plain": plain} for names, plain in model["index"])
    return what


def _native(rest: str) -> str:
    match = re.search(r"@db\.(\w+)", rest)
    names = {
        "Timestamptz": "timestamptz",
        "Timestamp": "timestamp",
        "VarChar": "varchar",
        "Uuid": "uuid",
        "Text": "text",
        "Date": "date",
        "Json": "json",
        "JsonB": "jsonb",
        "SmallInt": "smallint",
        "BigInt": "bigint",
        "Decimal": "numeric",
        "Char": "char",
        "Real": "float",
        "DoublePrecision": "float",
        "TinyInt": "int",
        "Integer": "int",
        "Time": "time",
        "Citext": "text",
    }
    return names.get(match.group(1), "") if match else ""


def _implicit(model: "dict[str, Any]", by_name: "dict[str, Any]") -> "list[tuple[str, str, str]]":
    """Many-to-many relations without a model of their own: Prisma makes a table `_AToB`."""
    found = []
    for _name, kind, many, _null, rest in model["fields"]:
        if not many or kind not in by_name:
            continue
        label = _quoted(rest) if re.search(r"@relation\(\s*(name:\s*)?\"", rest) else ""
        back = [f for f in by_name[kind]["fields"] if f[1] == model["name"] and (not label or f'"{label}"' in f[4])]
        if kind == model["name"]:
            back = [f for f in back if f[0] != _name]
        if any(f[2] for f in back) and not any(re.search(r"fields:", f[4]) for f in back):
            left, right = sorted([model["name"], kind])
            found.append((f"_{label}" if label else f"_{left}To{right}", left, right))
    return found


def _join_table(name: str, left: "dict[str, Any]", right: "dict[str, Any]", enforced: bool) -> "list[Any]":
    columns = [["A", _key_type(left), False], ["B", _key_type(right), False]]
    keys = [
        {"columns": ["A"], "references": _table(left), "enforced": enforced},
        {"columns": ["B"], "references": _table(right), "enforced": enforced},
    ]
    # PostgreSQL since Prisma 6 has a primary key (A, B); before it a unique index, so the pair is unique either way
    return [
        "create_table",
        name,
        {
            "columns": columns,
            "foreign_keys": keys,
            "unique": [{"columns": ["A", "B"]}],
            "indexes": [{"columns": ["B"]}],
            "line": left["line"],
        },
    ]


def _key_type(model: "dict[str, Any]") -> str:
    return next((TYPES.get(f[1], "") for f in model["fields"] if re.search(r"(?<![@\w])@id\b", f[4])), "")
