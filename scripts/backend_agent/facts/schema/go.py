"""Go: GORM structs (gorm.io/docs/models) and the schema that ent generates (entgo.io, `migrate/schema.go`)."""

import re

from backend_agent.facts.schema import _go_sql, chains
from backend_agent.facts.schema.ruby import _plural
from backend_agent.facts.schema.state import Operation, Schema
from backend_agent.facts.source import SourceFile
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TYPES = {
    "int": "bigint",
    "int64": "bigint",
    "uint": "bigint",
    "uint64": "bigint",
    "int32": "int",
    "uint32": "bigint",
    "int16": "smallint",
    "uint16": "int",
    "int8": "smallint",
    "uint8": "smallint",
    "string": "text",
    "bool": "bool",
    "float64": "float",
    "float32": "float",
    "time.Time": "timestamptz",
    "[]byte": "bytea",
    "uuid.UUID": "uuid",
    "datatypes.JSON": "json",
    "gorm.DeletedAt": "timestamptz",
    "sql.NullString": "text",
    "sql.NullTime": "timestamptz",
    "sql.NullInt64": "bigint",
    "sql.NullBool": "bool",
    "decimal.Decimal": "numeric",
    "json.RawMessage": "jsonb",
}
_STRUCT = re.compile(r"(?m)^type\s+(\w+)\s+struct\s*\{|^\s+(\w+)\s+struct\s*\{(?=\n)")
_FIELD = re.compile(r"^\s*(\w+)\s+([\w.\[\]*]+(?:\[[^\]]*\])?)\s*(`[^`]*`)?\s*(?://.*)?$")
_EMBEDDED = re.compile(r"^\s*\*?([\w.]+)\s*(`[^`]*`)?\s*(?://.*)?$")


def wants(path: str, text: str) -> bool:
    if path.endswith("_test.go"):
        return False
    return "gorm" in text or "schema.Table{" in text or _go_sql.wants(path, text)


def extract(source: SourceFile) -> "dict[str, Any]":
    text = source.text
    if "schema.Table{" in text and "schema.Column{" in text:
        return {"ent": _ent(text)}
    if _go_sql.wants(source.path, text) and (step := _go_sql.extract(source.path, text)):
        return step
    structs = []
    for match in _STRUCT.finditer(text):
        start = match.end() - 1
        body = text[start + 1 : chains.skip(text, start) - 1]
        name = match.group(1) or match.group(2)
        structs.append({"class": name, "line": text.count("\n", 0, match.start(1 if match.group(1) else 2)) + 1, "fields": _fields(body)})
    named = re.findall(r"func\s+\(\s*(?:\w+\s+)?\*?(\w+)\s*\)\s+TableName\(\)\s+string\s*\{\s*return\s+\"([\w.]+)\"", text)
    migrated = [
        m
        for call in re.findall(r"AutoMigrate\(([^)]*)\)", text)
        for m in re.findall(r"&?(?:\w+\.)?(\w+)\s*\{\s*\}|new\((?:\w+\.)?(\w+)\)", call)
    ]
    found: dict[str, Any] = {"structs": structs, "tables": dict(named), "migrated": [a or b for a, b in migrated]}
    found.update(_settings(text))
    return {"gorm": found} if structs or migrated or named or len(found) > 3 else {}


def _settings(text: str) -> "dict[str, Any]":
    """What `gorm.Config` says of names and of foreign keys, for all models (gorm.io/docs/gorm_config)."""
    found: dict[str, Any] = {}
    if "gorm.Config" not in text and "NamingStrategy" not in text:
        return found
    if re.search(r"DisableForeignKeyConstraintWhenMigrating\s*[:=]+\s*true", text):
        found["unconstrained"] = True
    if prefix := re.search(r"TablePrefix:\s*\"([\w.]+)\"", text):
        found["prefix"] = prefix.group(1)
    if re.search(r"SingularTable:\s*true", text):
        found["singular"] = True
    return found


def _fields(body: str) -> "list[list[str]]":
    found = []
    for line in body.split("\n"):
        match = _FIELD.match(line)
        if match:
            found.append([match.group(1), match.group(2), match.group(3) or ""])
        elif (embedded := _EMBEDDED.match(line)) and embedded.group(1):
            found.append(["", embedded.group(1), embedded.group(2) or ""])
    return found


def _tag(tag: str) -> "dict[str, str]":
    match = re.search(r'gorm:"([^"]*)"', tag)
    found: dict[str, str] = {}
    for part in match.group(1).split(";") if match else []:
        key, _, value = part.partition(":")
        low = key.strip().lower().replace("_", "")
        if low:
            found[f"{low}{len(found)}" if low in found else low] = value.strip()
    return found


INITIALISMS = (
    "API|ASCII|CPU|CSS|DNS|EOF|GUID|HTML|HTTPS|HTTP|ID|IP|JSON|LHS|QPS|RAM|"
    "RHS|RPC|SLA|SMTP|SSH|TLS|TTL|UID|UI|UUID|URI|URL|UTF8|VM|XML|XSRF|XSS"
)


def snake(name: str) -> str:
    """GORM's naming: `UserID` → user_id, `HTTPServer` → http_server."""
    name = re.sub(rf"({INITIALISMS})(?=[A-Z_]|s?$|\d)", lambda m: m.group(1).title(), name)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


MODEL = [
    ["ID", "uint", '`gorm:"primarykey"`'],
    ["CreatedAt", "time.Time", ""],
    ["UpdatedAt", "time.Time", ""],
    ["DeletedAt", "gorm.DeletedAt", '`gorm:"index"`'],
]


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    result: list[Table] = []
    for path in sorted(facts):
        if "ent" in facts[path]:
            schema = Schema("ent")
            schema.apply(facts[path]["ent"], path)
            result.extend(schema.tables())
    return [*result, *_gorm({path: content["gorm"] for path, content in facts.items() if "gorm" in content})]


def _gorm(facts: "dict[str, Any]") -> "list[Table]":
    structs: dict[str, tuple[str, dict[str, Any]]] = {}
    named: dict[str, str] = {}
    migrated: set[str] = set()
    settings: dict[str, Any] = {}
    for path in sorted(facts):
        named.update(facts[path]["tables"])
        migrated.update(facts[path]["migrated"])
        settings.update({key: facts[path][key] for key in ("unconstrained", "prefix", "singular") if key in facts[path]})
        for struct in facts[path]["structs"]:
            known = structs.get(struct["class"])
            if known is None or _looks_like_model(struct) and not _looks_like_model(known[1]):
                structs[struct["class"]] = (path, struct)
    likely = {name for name, (_path, struct) in structs.items() if name in named or _looks_like_model(struct)}
    chosen = migrated & structs.keys()
    if 3 * len(chosen) < len(likely):
        chosen |= likely  # most are handed to AutoMigrate by a list or a map

    def table(name: str) -> str:
        made = snake(name) if settings.get("singular") else _plural(snake(name))
        return named.get(name) or settings.get("prefix", "") + made

    schema = Schema("gorm")
    later: list[tuple[str, Operation]] = []
    for name in sorted(chosen, key=lambda n: (structs[n][0], structs[n][1]["line"]) if n in structs else ("", 0)):
        if name not in structs:
            continue
        path, struct = structs[name]
        fields = _flat(struct["fields"], structs, {name})
        operations, relations = _struct(name, table(name), struct["line"], fields, structs, chosen, table)
        schema.apply(operations, path)
        later.extend((path, operation) for operation in relations)
    for path, operation in later:
        schema.apply([_unconstrained(operation) if settings.get("unconstrained") else operation], path)
    return schema.tables()


def _unconstrained(operation: Operation) -> Operation:
    """The relation without its constraint: `DisableForeignKeyConstraintWhenMigrating`."""
    what = operation[2]
    keys = what["foreign_keys"] if operation[0] == "create_table" else [what]
    for key in keys:
        key["enforced"] = False
    return operation


def _looks_like_model(struct: "dict[str, Any]") -> bool:
    return any(kind == "gorm.Model" or 'gorm:"' in tag for _n, kind, tag in struct["fields"])


def _flat(fields: "list[list[str]]", structs: "dict[str, Any]", seen: "set[str]", prefix: str = "") -> "list[list[str]]":
    """Fields with the embedded structs' fields in their place."""
    found: list[list[str]] = []
    for name, kind, tag in fields:
        options = _tag(tag)
        short = kind.lstrip("*").rpartition(".")[2]
        if not name or "embedded" in options:
            inner = (
                MODEL
                if kind.lstrip("*") == "gorm.Model"
                else (structs[short][1]["fields"] if short in structs and short not in seen else [])
            )
            found.extend(_flat(inner, structs, {*seen, short}, prefix + options.get("embeddedprefix", "")))
        elif name[0].isupper() and options.get("-", None) is None:
            found.append([name, kind, tag if not prefix else tag + f"«{prefix}"])
    return found


def _struct(
    name: str, table: str, line: int, fields: "list[list[str]]", structs: "dict[str, Any]", chosen: "set[str]", named: "Any"
) -> "tuple[list[Operation], list[Operation]]":
    what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": [], "indexes": [], "line": line, "name": name}
    columns: dict[str, str] = {}
    keys: dict[tuple[str, bool], list[str]] = {}
    relations: list[list[str]] = []
    for field, kind, tag in fields:
        options = _tag(tag)
        short = kind.replace("*", "").replace("[]", "").rpartition(".")[2]
        is_json = "serializer" in options or options.get("type", "").startswith(("json", "text", "bytes"))
        if short in structs and kind not in TYPES and not is_json and (short in chosen or _looks_like_model(structs[short][1])):
            relations.append([field, kind, tag])
            continue
        if (kind.startswith(("[]", "map[")) and kind != "[]byte") and not is_json:
            continue
        prefix = tag.partition("«")[2]
        column = options.get("column") or prefix + snake(field)
        columns[field] = column
        primary = "primarykey" in options or "primary" in options
        declared = options.get("type", "").lower()
        base = kind.lstrip("*")
        what["columns"].append(
            [column, declared or TYPES.get(base, "text" if short in structs else "bigint"), not (primary or "not null" in options)]
        )
        if primary:
            what["primary_key"].append(column)
        _gorm_keys(options, column, keys, what)
    if not what["primary_key"] and "ID" in columns:
        what["primary_key"] = [columns["ID"]]
    for (key, unique), names in keys.items():
        what["unique" if unique else "indexes"].append({"name": key, "columns": names})
    later: list[Operation] = []
    for field, kind, tag in relations:
        later.extend(_relation(name, table, field, kind, _tag(tag), columns, structs, named))
    return [["create_table", table, what]], later


def _gorm_keys(options: "dict[str, str]", column: str, keys: "dict[tuple[str, bool], list[str]]", what: "dict[str, Any]") -> None:
    for option, value in options.items():
        low = option.rstrip("0123456789")
        if low == "unique":
            what["unique"].append({"columns": [column]})
        elif low in {"index", "uniqueindex"}:
            unique = low == "uniqueindex" or "unique" in value.split(",")[1:]
            if "where:" in value or "expression:" in value:
                continue
            key = value.split(",")[0] or f"idx_{column}"
            keys.setdefault((key, unique), []).append(column)


def _relation(
    name: str,
    table: str,
    field: str,
    kind: str,
    options: "dict[str, str]",
    columns: "dict[str, str]",
    structs: "dict[str, Any]",
    named: "Any",
) -> "list[Operation]":
    target = kind.replace("*", "").replace("[]", "").rpartition(".")[2]
    enforced = options.get("constraint") != "false" and options.get("constraint") != "-"
    if "many2many" in options:
        own, other = f"{snake(name)}_id", f"{snake(target)}_id"
        if own == other:
            other = f"{snake(field).removesuffix('s')}_id"
        keys = [
            {"columns": [own], "references": table, "enforced": enforced},
            {"columns": [other], "references": named(target), "enforced": enforced},
        ]
        what = {
            "columns": [[own, "bigint", False], [other, "bigint", False]],
            "primary_key": [own, other],
            "foreign_keys": keys,
            "if_not_exists": True,
        }
        return [["create_table", options["many2many"], what]]
    if kind.startswith("[]"):
        key = options.get("foreignkey", f"{name}ID")
        return (
            [["add_foreign_key", named(target), {"columns": [snake(key)], "references": table, "enforced": enforced}]]
            if _has(structs, target, key)
            else []
        )
    key = options.get("foreignkey", f"{field}ID")
    if key in columns:
        return [["add_foreign_key", table, {"columns": [columns[key]], "references": named(target), "enforced": enforced}]]
    back = options.get("foreignkey", f"{name}ID")
    if _has(structs, target, back):
        return [["add_foreign_key", named(target), {"columns": [snake(back)], "references": table, "enforced": enforced}]]
    return []


def _has(structs: "dict[str, Any]", name: str, field: str) -> bool:
    return name in structs and any(n == field for n, _k, _t in _flat(structs[name][1]["fields"], structs, {name}))


# ent


def _ent(text: str) -> "list[Operation]":
    columns: dict[str, list[dict[str, Any]]] = {}
    for match in re.finditer(r"(?m)^\s*(\w+)Columns\s*=\s*\[\]\*schema\.Column\s*\{", text):
        body = text[match.end() : chains.skip(text, match.end() - 1) - 1]
        columns[match.group(1)] = [_ent_column(part) for part in chains.split(body)]
    found: list[Operation] = []
    names: dict[str, str] = {}
    for match in re.finditer(r"(?m)^\s*(\w+)Table\s*=\s*&schema\.Table\s*\{", text):
        variable = match.group(1)
        body = text[match.end() : chains.skip(text, match.end() - 1) - 1]
        name = re.search(r"Name:\s*\"(\w+)\"", body)
        if name is None:
            continue
        names[variable] = name.group(1)
        own = columns.get(variable, [])
        what: dict[str, Any] = {
            "columns": [[c["name"], c["type"], c["null"]] for c in own],
            "line": text.count("\n", 0, match.start(1)) + 1,
        }
        what["unique"] = [{"columns": [c["name"]]} for c in own if c["unique"]]
        what["primary_key"] = _ent_columns(_ent_part(body, "PrimaryKey"), columns)
        what["foreign_keys"], what["indexes"] = [], []
        for part in chains.split(_ent_part(body, "Indexes")):
            listed = _ent_columns(_ent_part(part, "Columns"), columns)
            what["unique" if "Unique:  true" in part or re.search(r"Unique:\s*true", part) else "indexes"].append(
                {"columns": listed, "plain": "IndexWhere" not in part and "entsql.IndexWhere" not in part}
            )
        what["keys"] = [_ent_columns(_ent_part(part, "Columns"), columns) for part in chains.split(_ent_part(body, "ForeignKeys"))]
        found.append(["create_table", name.group(1), what])
    for variable, index, target in re.findall(r"(\w+)Table\.ForeignKeys\[(\d+)\]\.RefTable\s*=\s*(\w+)Table", text):
        table = next((op for op in found if op[1] == names.get(variable)), None)
        if table is not None and int(index) < len(table[2]["keys"]) and target in names:
            table[2]["foreign_keys"].append({"columns": table[2]["keys"][int(index)], "references": names[target]})
    return found


def _ent_part(body: str, key: str) -> str:
    match = re.search(rf"\b{key}:\s*(?:\[\][\w.*]+)?\s*\{{", body)
    return body[match.end() : chains.skip(body, match.end() - 1) - 1] if match else ""


def _ent_columns(text: str, columns: "dict[str, list[dict[str, Any]]]") -> "list[str]":
    names = []
    for variable, index in re.findall(r"(\w+)Columns\[(\d+)\]", text):
        if variable in columns and int(index) < len(columns[variable]):
            names.append(columns[variable][int(index)]["name"])
    return names


def _ent_column(text: str) -> "dict[str, Any]":
    name = re.search(r"Name:\s*\"(\w+)\"", text)
    kind = re.search(r"Type:\s*field\.Type(\w+)", text)
    types = {
        "int": "bigint",
        "string": "varchar",
        "time": "timestamptz",
        "uuid": "uuid",
        "bool": "bool",
        "json": "jsonb",
        "float64": "float",
        "int64": "bigint",
        "enum": "varchar",
        "bytes": "bytea",
        "int32": "int",
        "uint64": "bigint",
        "uint32": "bigint",
        "int8": "smallint",
    }
    low = kind.group(1).lower() if kind else ""
    size = "Size: 2147483647" in text
    return {
        "name": name.group(1) if name else "",
        "type": "text" if size else types.get(low, low),
        "null": bool(re.search(r"Nullable:\s*true", text)),
        "unique": bool(re.search(r"Unique:\s*true", text)),
    }
