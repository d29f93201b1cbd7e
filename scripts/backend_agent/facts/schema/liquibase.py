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
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

Change = tuple[str, "dict[str, Any]", "list[tuple[dict[str, Any], dict[str, Any]]]"]


class ChangeSet(NamedTuple):
    """What is applied at once: its attributes, its changes with their lines, and whether it says how it is undone."""

    id: str
    line: int
    attributes: "dict[str, Any]"
    changes: "list[tuple[Change, int]]"
    undone: bool


def change_sets(source: SourceFile) -> "tuple[list[ChangeSet], list[tuple[str, bool]]]":
    """The change sets of a changelog for PostgreSQL, or for every database, and what it includes as (path, relative)."""
    return (_xml if source.language == "xml" else _yaml)(source.text)


def wants(path: str, text: str) -> bool:
    return "databaseChangeLog" in text


def extract(source: SourceFile) -> "dict[str, Any]":
    sets, includes = change_sets(source)
    operations: list[Operation] = []
    for one in sets:
        for change, _line in one.changes:
            operations.extend(_operations(change, one.line))
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


def is_other_database(said: object) -> bool:
    """Whether `dbms`, a list of databases, leaves PostgreSQL out."""
    names = [name.strip().lower() for name in said.split(",") if name.strip()] if isinstance(said, str) else []
    if not names:
        return False
    return "!postgresql" in names or (not names[0].startswith("!") and not {"postgresql", "all"} & set(names))


# XML


class _Node:
    """An element with the line on which it begins."""

    __slots__ = ("attributes", "children", "line", "tag", "text")

    def __init__(self, tag: str, attributes: "dict[str, str]", line: int) -> None:
        self.tag, self.attributes, self.line = tag.rpartition(":")[2], attributes, line
        self.children: list[_Node] = []
        self.text = ""

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


def _parsed(text: str) -> "_Node | None":
    """The root element; None for what is no XML, or has entities, which no changelog needs."""
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text):
        return None
    from xml.parsers import expat

    parser = expat.ParserCreate()
    top = _Node("", {}, 0)
    open_nodes = [top]
    skipped = len(text) - len(text.lstrip("\ufeff \r\n\t"))
    first = text.count("\n", 0, skipped)

    def start(tag: str, attributes: "dict[str, str]") -> None:
        node = _Node(tag, attributes, parser.CurrentLineNumber + first)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(_tag: str) -> None:
        open_nodes.pop()

    def data(text: str) -> None:
        open_nodes[-1].text += text

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    try:
        parser.Parse(text[skipped:].encode("utf-8", "replace"), True)
    except (expat.ExpatError, ValueError, LookupError):
        return None
    return top.children[0] if top.children else None


def _xml(text: str) -> "tuple[list[ChangeSet], list[tuple[str, bool]]]":
    root = _parsed(text)
    if root is None:
        return [], []
    properties = {e.get("name"): e.get("value") for e in root.children if e.tag == "property" and not is_other_database(e.get("dbms"))}
    sets: list[ChangeSet] = []
    includes: list[tuple[str, bool]] = []
    for element in root.children:
        relative = element.get("relativeToChangelogFile").lower() == "true"
        if element.tag == "include":
            includes.append((element.get("file"), relative))
        elif element.tag == "includeAll":
            includes.append((element.get("path").rstrip("/") + "/", relative))
        elif element.tag == "changeSet" and not is_other_database(element.get("dbms")):
            children = [child for child in element.children if child.tag not in _NO_CHANGES]
            undone = any(child.tag == "rollback" for child in element.children)
            changes = [(_xml_change(child, properties), child.line) for child in children]
            sets.append(ChangeSet(element.get("id"), element.line, dict(element.attributes), changes, undone))
    return sets, includes


_NO_CHANGES = frozenset({"comment", "preConditions", "rollback", "validCheckSum", "modifySql"})


def _attributes(element: _Node, properties: "dict[str, str]") -> "dict[str, Any]":
    return {
        k: re.sub(r"\$\{([\w.-]+)\}", lambda m: properties.get(m.group(1), m.group(1).removesuffix("Type")), v)
        for k, v in element.attributes.items()
    }


def _xml_change(element: _Node, properties: "dict[str, str]") -> Change:
    attributes = _attributes(element, properties)
    columns = []
    for child in element.children:
        if child.tag == "where":
            attributes["where"] = child.text
        if child.tag != "column":
            continue
        constraints = next((_attributes(inner, properties) for inner in reversed(child.children) if inner.tag == "constraints"), {})
        columns.append((_attributes(child, properties), constraints))
    if element.tag == "sql":
        attributes["sql"] = element.text
    return element.tag, attributes, columns


# YAML and JSON


def _yaml(text: str) -> "tuple[list[ChangeSet], list[tuple[str, bool]]]":
    document, lines = _loaded(text)
    entries = document.get("databaseChangeLog") if isinstance(document, dict) else None
    sets: list[ChangeSet] = []
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
        if isinstance(change_set, dict) and not is_other_database(change_set.get("dbms")):
            line = lines.get(id(change_set), 1)
            listed = [change for change in change_set.get("changes") or [] if isinstance(change, dict)]
            changes = [(_yaml_change(*item), lines.get(id(change), line)) for change in listed for item in change.items()]
            said = {key: value for key, value in change_set.items() if not isinstance(value, list | dict)}
            sets.append(ChangeSet(str(change_set.get("id", "")), line, said, changes, "rollback" in change_set))
    return sets, includes


def _loaded(text: str) -> "tuple[Any, dict[int, int]]":
    """A document, and the line of each of its mappings by their identity."""
    import yaml

    lines: dict[int, int] = {}

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    of_lines: Any = type("_Loader", (base,), {})  # a class of its own, as a constructor is added to it

    def mapping(loader: "Any", node: "Any") -> "Any":
        made: dict[Any, Any] = {}
        lines[id(made)] = node.start_mark.line + 1
        yield made
        made.update(loader.construct_mapping(node, deep=True))

    of_lines.add_constructor("tag:yaml.org,2002:map", mapping)
    try:
        return yaml.load(text, Loader=of_lines), lines  # noqa: S506 - both are safe
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return None, {}


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
    return [] if is_other_database(attributes.get("dbms")) else sql.operations(_said(attributes, "sql"), line)


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
