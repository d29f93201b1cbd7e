"""Signatures of a Python file: how many are typed whole, and which public ones are not."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape.tree import Span, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SKIPPED = re.compile(
    r"@(?:\w+\.)*(?:overload|validator|field_validator|model_validator|root_validator|pytest\.\w+|fixture|receiver|register\.\w+)\b"
)
_FRUITFUL = re.compile(r"\breturn[ \t]+(?!None\b)\S|\byield\b")
_HEAD = re.compile(r"(?:async\s+)?def\s+\w+\s*(?:\[[^\]]*\])?\s*\(")


def wants(language: str, text: str) -> bool:
    return language == "python" and "def " in text


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    typed = total = 0
    rows = []
    for function in tree.functions:
        if function.name.startswith("__") or _SKIPPED.search(tree.head(function)) or _nested(tree, function):
            continue
        missing, returns = _signature(tree, function)
        total += 1
        if not missing and returns:
            typed += 1
        elif not function.name.startswith("_"):
            line = tree.line(function.start)
            name = f"{function.owner}.{function.name}" if function.owner else function.name
            if not missing and not _FRUITFUL.search(tree.bare[function.start : function.end]):
                continue  # what only does something has no result that a caller could take for another
            rows.append({"kind": "untyped", "line": line, "end": line, "name": name, "missing": missing, "returns": returns})
    if total:
        yield {"kind": "signatures", "line": 1, "end": 1, "typed": typed, "total": total}
    yield from rows


def _nested(tree: Tree, function: Span) -> bool:
    return any(f.start < function.start and function.end <= f.end for f in tree.functions)


def _signature(tree: Tree, function: Span) -> "tuple[list[str], bool]":
    """(parameters without a type, whether the result has one)."""
    head = _HEAD.match(tree.bare, function.start)
    if head is None:
        return [], True
    closing = tree.closing(head.end() - 1)
    returns = tree.bare[closing + 1 : closing + 40].lstrip().startswith("->")
    missing = []
    for number, part in enumerate(_split(tree.bare[head.end() : closing])):
        name = part.strip()
        if name.startswith("*"):
            continue  # *args and **options are passed on
        first = number == 0 and bool(function.owner) and ":" not in name
        if not name or name == "/" or first or name.split("=")[0].strip() in {"self", "cls"}:
            continue
        if ":" not in name.split("=")[0]:
            missing.append(name.split("=")[0].strip())
    return missing, returns


def _split(text: str) -> "list[str]":
    """Parts between commas that stand in no bracket."""
    parts, depth, at = [], 0, 0
    for number, mark in enumerate(text):
        depth += (mark in "([{") - (mark in ")]}")
        if mark == "," and depth == 0:
            parts.append(text[at:number])
            at = number + 1
    return [*parts, text[at:]]
