"""Tables that a program makes itself: `CREATE TABLE` in texts that Python or JavaScript executes, where nothing better is known."""

import re

from backend_agent.facts.schema import sql

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TEXT = re.compile(r'"""(.*?)"""|\'\'\'(.*?)\'\'\'|`([^`]*)`|"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'', re.DOTALL)
_MAKES = re.compile(r"(?i)^\s*(?:--[^\n]*\n\s*)*(?:create\s+table|create\s+(?:unique\s+)?index|alter\s+table)\b")
_TABLE = re.compile(r"(?i)\bcreate\s+table\b")
_RUNS = re.compile(r"\.(?:execute|executescript|executemany|exec|query|run|raw|none|any|unsafe|batch|prepare)\s*\(|\bsql`|\bexecute_\w+\(")


def wants(text: str) -> bool:
    return bool(_TABLE.search(text) and _RUNS.search(text))


def extract(text: str) -> "dict[str, Any]":
    """The statements of a file as a dump; {} where none makes a table."""
    found: list[Any] = []
    for match in _TEXT.finditer(text):
        said = next(group for group in match.groups() if group is not None)
        if _MAKES.match(said):
            found.extend(sql.operations(said.replace("\\n", " "), text.count("\n", 0, match.start()) + 1))
    return {"dump": {"tool": "sql", "ops": found}} if any(op[0] == "create_table" for op in found) else {}
