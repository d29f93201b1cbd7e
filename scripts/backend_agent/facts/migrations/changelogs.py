"""Liquibase changelogs in XML, YAML and JSON to steps (docs.liquibase.com/change-types); those in SQL are read as SQL.

Liquibase turns most changes round by itself. A change set with one that it cannot, and without a rollback, is a step `irreversible`.
"""

import re

from backend_agent.facts.migrations.statements import TIMEOUT, Step, steps
from backend_agent.facts.schema import liquibase
from backend_agent.facts.schema.liquibase import Change, ChangeSet
from backend_agent.facts.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ONE_WAY = frozenset({"sql", "sqlFile", "dropColumn", "dropTable", "dropView", "modifyDataType", "update", "delete", "mergeColumns"})
"""Changes without an automatic rollback that lose something, or whose inverse nobody but the author knows."""


def file(source: SourceFile) -> "dict[str, Any] | None":
    """The facts of one changelog; None where it only includes others."""
    sets, _includes = liquibase.change_sets(source)
    if not sets:
        return None
    found = [step for one in sets for step in _change_set(one)]
    return {
        "tool": "liquibase",
        "steps": found,
        "down": "present" if any(one.undone for one in sets) else "none",
        "down_line": 0,
        "timeout": bool(TIMEOUT.search(source.text)),
        "transaction": not any(str(one.attributes.get("runInTransaction", "")).lower() == "false" for one in sets),
        "begins": False,
    }


def _change_set(one: ChangeSet) -> "list[Step]":
    found: list[Step] = []
    for (name, attributes, columns), line in one.changes:
        if liquibase.is_other_database(attributes.get("dbms")):
            continue
        found += [{"line": line, "end": line, **step} for step in _steps((name, attributes, columns), line)]
    lost = next(((name, line) for (name, attributes, _c), line in one.changes if _is_one_way(name, attributes)), None)
    if lost is not None and not one.undone:
        found.append({"op": "irreversible", "table": "", "what": f"{lost[0]} without a rollback", "line": lost[1], "end": lost[1]})
    return found


def _is_one_way(name: str, attributes: "dict[str, Any]") -> bool:
    harmless = name == "sql" and re.match(r"(?is)\s*(set|select|comment|analyze|insert)\b", str(attributes.get("sql", "")))
    return name in _ONE_WAY and not harmless


def _said(attributes: "dict[str, Any]", key: str) -> str:
    return str(attributes.get(key) or "")


def _steps(change: Change, line: int) -> "list[Step]":
    name, attributes, columns = change
    table = _said(attributes, "tableName").lower()
    if name == "sql":
        return steps(_said(attributes, "sql"), line)
    if name == "addColumn":
        return [_column(table, column, constraints) for column, constraints in columns]
    if name == "dropColumn":
        dropped = [_said(column, "name") for column, _constraints in columns] or [_said(attributes, "columnName")]
        return [{"op": "drop_column", "table": table, "column": column.lower()} for column in dropped]
    if name in {"update", "delete"}:
        return [{"op": "update", "verb": name.upper(), "table": table, "bulk": _bulk(_said(attributes, "where"))}]
    reader = _SIMPLE.get(name)
    return [{"table": table, **reader(attributes)}] if reader else [{"op": "other", "table": ""}]


def _column(table: str, column: "dict[str, Any]", constraints: "dict[str, Any]") -> Step:
    computed = _said(column, "defaultValueComputed") or (
        f"nextval('{column['defaultValueSequenceNext']}')" if column.get("defaultValueSequenceNext") else ""
    )
    return {
        "op": "add_column",
        "table": table,
        "column": _said(column, "name").lower(),
        "type": _said(column, "type").lower(),
        "default": computed,
        "stored": _said(column, "autoIncrement").lower() == "true",
        "unique": _said(constraints, "unique").lower() == "true",
    }


def _bulk(where: str) -> "bool | None":
    if not where.strip():
        return True
    return True if re.fullmatch(r"\s*[\w.\"]+\s+is\s+(not\s+)?null\s*", where, re.IGNORECASE) else None


def _low(attributes: "dict[str, Any]", key: str) -> str:
    return _said(attributes, key).lower()


_SIMPLE: "dict[str, Any]" = {
    "createTable": lambda _a: {"op": "create_table"},
    "dropTable": lambda _a: {"op": "drop_table"},
    "renameTable": lambda a: {"op": "rename_table", "table": _low(a, "oldTableName"), "to": _low(a, "newTableName")},
    "renameColumn": lambda a: {"op": "rename_column", "column": _low(a, "oldColumnName"), "to": _low(a, "newColumnName")},
    "modifyDataType": lambda a: {"op": "alter_type", "column": _low(a, "columnName"), "type": _low(a, "newDataType"), "using": ""},
    "addNotNullConstraint": lambda a: {"op": "set_not_null", "column": _low(a, "columnName")},
    "createIndex": lambda a: {"op": "add_index", "concurrent": False, "unique": _low(a, "unique") == "true"},
    "addUniqueConstraint": lambda a: {"op": "add_unique", "using": bool(a.get("forIndexName"))},
    "addPrimaryKey": lambda a: {"op": "add_unique", "using": bool(a.get("forIndexName"))},
    "addForeignKeyConstraint": lambda a: {
        "op": "add_foreign_key",
        "table": _low(a, "baseTableName"),
        "valid": True,
        "name": _said(a, "constraintName"),
    },
}
