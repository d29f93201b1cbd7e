"""What code does with errors, clocks, money, transactions, other systems and shared state: the facts behind most checks.

The facts of a file are rows: dictionaries with `kind`, `line`, `end` and what else the kind says. Which words mean what is in
`catalog/shape`; what a row means for a project is asked in `checks/`.
"""

import functools
import re

from backend_agent import catalog
from backend_agent.facts import code, receivers
from backend_agent.facts.shape import (
    bodies,
    clock,
    errors,
    logs,
    money,
    outgoing,
    pages,
    races,
    relations,
    state,
    tokens,
    transactions,
    types,
)
from backend_agent.facts.shape.tree import Tree
from backend_agent.facts.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    Row = dict[str, Any]
else:
    Row = dict

_RUST_TESTS = re.compile(
    r"(?m)^[ \t]*#\[cfg\(test\)\]\s*\n(?:[ \t]*#\[.*\]\n)*[ \t]*(?:pub(?:\([^)]*\))? )?mod |^[ \t]*#\[(?:\w+::)?test\]"
)
"""Where a Rust file holds its own tests."""
NAME = "shape"
VERSION = 7

READERS = (bodies, clock, errors, logs, money, outgoing, pages, races, relations, state, tokens, transactions, types)
_LARGEST = 400_000


def wants(path: str, language: str, text: str) -> bool:
    if language not in catalog.load("shape", "languages") or len(text) > _LARGEST:
        return False
    return not code.is_test(path, language) and bool(_asked(language, text) or receivers.names(language, text))


@functools.lru_cache(maxsize=2)
def _asked(language: str, text: str) -> "tuple[ModuleType, ...]":
    """The readers for which a text has words."""
    return tuple(reader for reader in READERS if reader.wants(language, text))


def extract(source: SourceFile) -> "list[Row]":
    """The rows of a file, sorted by line. Minified files give nothing."""
    if source.minified:
        return []
    named = receivers.names(source.language, source.text)
    text = receivers.read_as(source.text, named)
    tree = Tree(source if text == source.text else SourceFile(source.path, text, source.language))
    rows: list[Row] = []
    for reader in _asked(source.language, text):
        rows.extend(reader.read(tree))
    if source.language == "rust" and (tests := _RUST_TESTS.search(source.text)):
        first = source.text.count("\n", 0, tests.start()) + 1
        rows = [row for row in rows if row["line"] < first]
    for row in rows if tree.source is not source else ():
        if isinstance(row.get("callee"), str):
            row["callee"] = receivers.as_written(row["callee"], named)
    return sorted(rows, key=lambda row: (row["line"], row["kind"], row["end"]))
