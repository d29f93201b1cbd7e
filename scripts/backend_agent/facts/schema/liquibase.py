"""Liquibase changelogs in XML, YAML and JSON (docs.liquibase.com/change-types); those in SQL are read as SQL.

A change is brought to one form first: (name, attributes, columns), with columns = [(attributes, constraints)], because YAML nests
what XML writes as child elements.
"""

import re

from backend_agent.facts.schema import sql
from backend_agent.facts.schema.state import Operation
from backend_agent.facts.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Change = tuple[str, "dict[str, Any]", "list[tuple[dict[str, Any], dict[str, Any]]]"]


def wants(path: str, text: str) -> bool:
    return "databaseChangeLog" in text


def extract(source: SourceFile) -> "dict[str, Any]":
    changes, includes = (_xml if source.language == "xml" else _yaml)(source.text)
    operations: list[Operation] = []
    for change, line in changes:
        operations.extend(_operations(change, line))
    if not operations and not includes:
        return {}
    name = source.path.rpartition("/")[2].rpartition(".")[0]
    folder = source.path.rpartition("/")[0]
    resolved = [_relative(folder, wanted, relative) for wanted, relative in includes]
    entry = {"tool": "liquibase", "id": name, "ops": operations, "includes": resolved, "order": source.path}
    home = re.match(r"(?:.*/)?resources/", source.path)
    return {"migration": {**entry, "root": home.group()} if home else entry}


def _relative(folder: str, wanted: str, relative: bool) -> str:
    """An included path as its end: `classpath:` and leading dots do not matter, since paths are compared from the end."""
    wanted = wanted.removeprefix("classpath:").removeprefix("classpath*:").lstrip("/")
    parts = folder.split("/") if relative and folder else []
    for part in wanted.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in {".", ".."}:
            parts.append(part)
    return "/".join(parts)


def _other_database(attributes: "dict[str, Any]") -> bool:
    """Whether a change set is for other databases only."""
    said = attributes.get("dbms")
    if not isinstance(said, str) or not said.strip():
        return False
    names = [name.strip().lower() for name in said.split(",")]
    return "!postgresql" in names or (not names[0].startswith("!") and "postgresql" not in names and "all" not in names)


# XML


def _xml(text: str) -> "tuple[list[tuple[Change, int]], list[tuple[str, bool]]]":
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text):
        return [], []  # entities: not what a changelog needs
    from xml.etree import ElementTree

    content = text.lstrip("\ufeff \r\n\t").encode("utf-8", "replace")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - what could harm, entities, was refused above
    except (ElementTree.ParseError, ValueError, LookupError):
        return [], []
    lines = _lines_of(text)
    properties = {e.get("name", ""): e.get("value", "") for e in root if _tag(e) == "property" and not _other_database(dict(e.attrib))}
    changes: list[tuple[Change, int]] = []
    includes: list[tuple[str, bool]] = []
    for element in root:
        tag = _tag(element)
        relative = element.get("relativeToChangelogFile", "").lower() == "true"
        if tag == "include":
            includes.append((element.get("file", ""), relative))
        elif tag == "includeAll":
            includes.append((element.get("path", "").rstrip("/") + "/", relative))
        elif tag == "changeSet" and not _other_database(dict(element.attrib)):
            line = lines.get(element.get("id", ""), 1)
            changes += [(_xml_change(child, properties), line) for child in element]
    return changes, includes


def _lines_of(text: str) -> "dict[str, int]":
    """The line of each change set by its id."""
    return {
        m.group(1): text.count("\n", 0, m.start()) + 1 for m in re.finditer(r"<(?:\w+:)?changeSet\b[^>]*?\bid\s*=\s*\"([^\"]*)\"", text)
    }


def _tag(element: "Any") -> str:
    return str(element.tag).rpartition("}")[2]


def _attributes(element: "Any", properties: "dict[str, str]") -> "dict[str, Any]":
    return {
        k: re.sub(r"\$\{([\w.-]+)\}", lambda m: properties.get(m.group(1), m.group(1).removesuffix("Type")), v)
        for k, v in element.attrib.items()
    }


def _xml_change(element: "Any", properties: "dict[str, str]") -> Change:
    attributes = _attributes(element, properties)
    columns = []
    for child in element:
        if _tag(child) != "column":
            continue
        constraints: dict[str, Any] = {}
        for inner in child:
            if _tag(inner) == "constraints":
                constraints = _attributes(inner, properties)
        columns.append((_attributes(child, properties), constraints))
    if _tag(element) == "sql":
        attributes["sql"] = element.text or ""
    return _tag(element), attributes, columns


# YAML and JSON


def _yaml(text: str) -> "tuple[list[tuple[Change, int]], list[tuple[str, bool]]]":
    import yaml

    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except (yaml.YAMLError, ValueError, RecursionError):
        return [], []
    entries = document.get("databaseChangeLog") if isinstance(document, dict) else None
    changes: list[tuple[Change, int]] = []
    includes: list[tuple[str, bool]] = []
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        one = entry.get("include")
        if isinstance(one, dict):
            includes.append((str(one.get("file", "")), one.get("relativeToChangelogFile") is True))
        every = entry.get("includeAll")
        if isinstance(every, dict):
            includes.append((str(every.get("path", "")).rstrip("/") + "/", every.get("relativeToChangelogFile") is True))
        change_set = entry.get("changeSet")
        if isinstance(change_set, dict) and not _other_database(change_set):
            line = _yaml_line(text, str(change_set.get("id", "")))
            listed = change_set.get("changes")
            changes += [(_yaml_change(*item), line) for change in listed or [] if isinstance(change, dict) for item in change.items()]
    return changes, includes


def _yaml_line(text: str, identity: str) -> int:
    match = re.search(rf"\bid[\"']?:\s*[\"']?{re.escape(identity)}[\"']?\s*,?\s*$", text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def _yaml_change(name: "Any", body: "Any") -> Change:
    if isinstance(body, str):
        return str(name), {"sql": body}, []
    body = body if isinstance(body, dict) else {}
    columns = []
    for entry in body.get("columns") or [] if isinstance(body.get("columns"), list) else []:
        column = entry.get("column", entry) if isinstance(entry, dict) else None
        if isinstance(column, dict):
            constraints = column.get("constraints")
            columns.append((column, constraints if isinstance(constraints, dict) else {}))
    return str(name), {k: v for k, v in body.items() if not isinstance(v, list | dict)}, columns


# changes


def _is(value: "Any", wanted: bool) -> bool:
    return value is wanted or str(value).lower() == str(wanted).lower()


def _names(value: "Any") -> "list[str]":
    return [part.strip() for part in str(value or "").split(",") if part.strip()]


def _said(attributes: "dict[str, Any]", key: str) -> str:
    return str(attributes.get(key) or "")


def _type(column: "dict[str, Any]") -> str:
    return _said(column, "type").lower()


def _table(attributes: "dict[str, Any]", key: str = "tableName", schema: str = "schemaName") -> str:
    name, owner = _said(attributes, key), _said(attributes, schema)
    return f"{owner}.{name}" if owner and name else name


def _operations(change: Change, line: int) -> "list[Operation]":
    name, attributes, columns = change
    reader = _READERS.get(name)
    if reader is None:
        return []
    return [op for op in reader(attributes, columns, line) if op[1] or op[0] == "drop_index"]


def _create_table(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": [], "line": line}
    if _is(attributes.get("ifNotExists"), True):
        what["if_not_exists"] = True
    for column, constraints in columns:
        _column(column, constraints, what)
    return [["create_table", _table(attributes), what]]


def _column(column: "Any", constraints: "Any", what: "dict[str, Any]") -> None:
    name = _said(column, "name")
    if not name:
        return
    primary = _is(constraints.get("primaryKey"), True)
    null = not primary and not _is(constraints.get("nullable"), False)
    what["columns"].append([name, _type(column), null])
    if primary:
        what["primary_key"].append(name)
    if _is(constraints.get("unique"), True):
        what["unique"].append({"name": _said(constraints, "uniqueConstraintName"), "columns": [name]})
    target = _said(constraints, "referencedTableName")
    match = re.match(r"\s*([\w.\"]+)\s*\(", _said(constraints, "references"))
    target = target or (match.group(1) if match else "")
    if target:
        what["foreign_keys"].append({"name": _said(constraints, "foreignKeyName"), "columns": [name], "references": target})


def _add_column(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    what: dict[str, Any] = {"columns": [], "primary_key": [], "foreign_keys": [], "unique": []}
    for column, constraints in columns:
        _column(column, constraints, what)
    table = _table(attributes)
    found: list[Operation] = [["add_column", table, column] for column in what["columns"]]
    found += [["add_primary_column", table, column] for column in what["primary_key"]]
    found += [["add_foreign_key", table, fk] for fk in what["foreign_keys"]]
    return found + [["add_unique", table, key] for key in what["unique"]]


def _drop_column(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    names = [_said(column, "name") for column, _c in columns] or _names(attributes.get("columnName"))
    return [["drop_column", _table(attributes), name] for name in names]


def _rename_column(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [["rename_column", _table(attributes), _said(attributes, "oldColumnName"), _said(attributes, "newColumnName")]]


def _rename_table(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [["rename_table", _table(attributes, "oldTableName"), _said(attributes, "newTableName")]]


def _drop_table(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [["drop_table", _table(attributes)]]


def _modify(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    kind = _said(attributes, "newDataType").lower()
    return [["alter_column", _table(attributes), _said(attributes, "columnName"), {"type": kind}]]


def _add_not_null(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [["alter_column", _table(attributes), _said(attributes, "columnName"), {"null": False}]]


def _drop_not_null(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [["alter_column", _table(attributes), _said(attributes, "columnName"), {"null": True}]]


def _primary_key(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [["add_primary_key", _table(attributes), _names(attributes.get("columnNames"))]]


def _drop_primary_key(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [["drop_primary_key", _table(attributes)]]


def _foreign_key(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    fk = {
        "name": _said(attributes, "constraintName"),
        "columns": _names(attributes.get("baseColumnNames")),
        "references": _table(attributes, "referencedTableName", "referencedTableSchemaName"),
    }
    return (
        [["add_foreign_key", _table(attributes, "baseTableName", "baseTableSchemaName"), fk]] if fk["columns"] and fk["references"] else []
    )


def _drop_foreign_key(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    table = _table(attributes, "baseTableName", "baseTableSchemaName")
    return [["drop_foreign_key", table, _said(attributes, "constraintName")]]


def _unique(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    key = {"name": _said(attributes, "constraintName"), "columns": _names(attributes.get("columnNames"))}
    return [["add_unique", _table(attributes), key]]


def _drop_unique(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [["drop_constraint", _table(attributes), _said(attributes, "constraintName")]]


def _index(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    names = [_said(column, "name") for column, _c in columns]
    plain = all(re.fullmatch(r"\w+(\s+(asc|desc))?", name, re.IGNORECASE) for name in names)
    key = {"name": _said(attributes, "indexName"), "columns": [name.split()[0] for name in names if name.split()], "plain": plain}
    return [["add_unique" if _is(attributes.get("unique"), True) else "add_index", _table(attributes), key]]


def _drop_index(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [["drop_index", _table(attributes), _said(attributes, "indexName")]]


def _sql(attributes: "Any", columns: "Any", line: int) -> "list[Operation]":
    return [] if _other_database(attributes) else sql.operations(_said(attributes, "sql"), line)


_READERS: "dict[str, Any]" = {
    "createTable": _create_table,
    "addColumn": _add_column,
    "dropColumn": _drop_column,
    "renameColumn": _rename_column,
    "renameTable": _rename_table,
    "dropTable": _drop_table,
    "modifyDataType": _modify,
    "addNotNullConstraint": _add_not_null,
    "dropNotNullConstraint": _drop_not_null,
    "addPrimaryKey": _primary_key,
    "dropPrimaryKey": _drop_primary_key,
    "addForeignKeyConstraint": _foreign_key,
    "dropForeignKeyConstraint": _drop_foreign_key,
    "addUniqueConstraint": _unique,
    "dropUniqueConstraint": _drop_unique,
    "createIndex": _index,
    "dropIndex": _drop_index,
    "sql": _sql,
}
