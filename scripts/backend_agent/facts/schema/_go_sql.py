"""Migrations that are Go code around SQL: functions that execute texts, in the order in which they are written."""

import re

from backend_agent.facts.schema import chains, sql
from backend_agent.facts.schema.state import Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TEXT = re.compile(r"`([^`]*)`|\"((?:[^\"\\\n]|\\.)*)\"")
FIRST = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:create|alter|drop|update|insert|delete|begin|set|comment|truncate)\b", re.IGNORECASE)
DDL = re.compile(r"\b(?:create|alter|drop)\s+(?:\w+\s+){0,3}(?:table|index)\b", re.IGNORECASE)
RUNS = re.compile(r"\.(?:Exec|ExecContext|MustExec|Execute)\(|sql\.(?:Tx|DB)\b|migrat", re.IGNORECASE)
PLACE = re.compile(r"migrat|schema|/db/|database|storage|store|/sql/|/models?/", re.IGNORECASE)
DOWN = re.compile(
    r"^func\s+(?:\(\w+\s+\*?\w+\)\s+)?\w*[dD]own\w*\(|\b(?:Down|Rollback)\w*\s*:\s*(?:\[\]string\s*\{|func\s*\()", re.MULTILINE
)
STEP = re.compile(r"(?:^|/)[\w.-]*\d{3,}[\w.-]*\.go$")


def wants(path: str, text: str) -> bool:
    return bool(PLACE.search(f"/{path}")) and ("TABLE" in text or " table " in text) and bool(RUNS.search(text))


def extract(path: str, text: str) -> "dict[str, Any]":
    """The file as one migration; {} where it holds no statement that makes or changes a table."""
    text = _forward(text)
    found: list[Operation] = []
    for match in TEXT.finditer(_without_comments(text)):
        said = match.group(1) if match.group(1) is not None else match.group(2).replace('\\"', '"')
        if FIRST.match(said) and DDL.search(said):
            found.extend(sql.operations(said, text.count("\n", 0, match.start()) + 1))
    goose = "goose." in text
    if not any(op[0] == "create_table" for op in found) and not (found and (goose or STEP.search(path))):
        return {}
    return {"migration": {"tool": "goose" if goose else "go", "id": path.rpartition("/")[2].removesuffix(".go"), "ops": found}}


def _forward(text: str) -> str:
    """The text without what undoes a migration, line by line blank."""
    out, at = [], 0
    while match := DOWN.search(text, at):
        brace = text.find("{", match.end() - 1)
        end = chains.skip(text, brace) if brace >= 0 else match.end()
        out += [text[at : match.start()], "\n" * text.count("\n", match.start(), end)]
        at = end
    return "".join([*out, text[at:]])


def _without_comments(text: str) -> str:
    return re.sub(r"^(\s*)//[^\n]*", r"\1", text, flags=re.MULTILINE)
