"""Which table a type in the signature of a handler is the class of."""

import re

from backend_agent.checks import _shape
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of
from backend_agent.model import Table

LAMBDA = re.compile(r"(?:async\s+)?(?P<type>(?:Task|ValueTask|Results|IEnumerable|List)<[^();]*?>)?\s*\((?P<given>[^()]*)\)\s*=>")
"""The head of a lambda that answers a route of ASP.NET Core's minimal APIs."""


def entity(context: Context, name: str, near: str) -> "Table | None":
    """The table whose class has exactly this name, where the handler's file can mean no other class."""
    table = _shape.table_of(context, name)
    if table is None or table.name.rpartition(".")[2] != name or language_of(table.file) != language_of(near or table.file):
        return None
    text = context.repository.read(near) if near else ""
    module = _imported(text, name, language_of(near) or "")
    if module is None:
        return table if language_of(near) != "python" or near == table.file else None
    return table if module and f"/{module}" in f"/{table.file}" else None


_FROM = re.compile(r"(?m)^\s*from\s+([\w.]+)\s+import\s+(\([^)]*\)|[^\n]+)|^\s*import\s+([\w.]+);?\s*$")


def _imported(text: str, name: str, language: str) -> "str | None":
    """The module that a class is imported from, as a path; None where no import names it."""
    for match in _FROM.finditer(text) if language in {"python", "java", "kotlin"} else ():
        if match.group(3) and match.group(3).rpartition(".")[2] == name:
            return match.group(3).replace(".", "/")
        if match.group(1) and re.search(rf"\b{re.escape(name)}\b(?!\s+as\b)", match.group(2)):
            return match.group(1).strip(".").replace(".", "/")
    return None


def fields(context: Context, table: Table) -> "tuple[str, ...]":
    """The fields of text in a table's class, which migrations may know by other names."""
    own = re.search(_CLASS.format(re.escape(table.name)), context.repository.read(table.file)) if table.name else None
    return tuple(typed or named for typed, named in _FIELD.findall(own.group())) if own else ()


_CLASS = r"(?s)\bclass\s+{}\b.*?(?=\bclass\s|\Z)"
_FIELD = re.compile(r"\b[Ss]tring\??\s+(\w+)\s*[;={,)]|\b(\w+)\s*:\s*[Ss]tr")
