"""Patterns of `catalog/checks/model.yaml`, and the text of a route's functions."""

import re

from backend_agent import catalog
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of
from backend_agent.model import Endpoint
from backend_agent.patterns import Sought

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SAME = {"typescript": "javascript", "tsx": "javascript"}
_kept: "dict[tuple[str, str], re.Pattern[str] | None]" = {}
_soughts: "dict[tuple[str, str], Sought]" = {}
_SHORT = 400
"""Characters of a text that is searched sooner than its words are told apart."""


def pattern(name: str, language: str = "") -> "re.Pattern[str] | None":
    """The pattern of an entry, or that of a language in it; None where the entry has none for the language."""
    key = (name, _SAME.get(language, language))
    if key not in _kept:
        text = catalog.load("checks", "model")[name].get(key[1] or "pattern")
        _kept[key] = re.compile(text, re.MULTILINE) if text else None
    return _kept[key]


def says(name: str, text: str, language: str = "") -> bool:
    """Whether a text says what an entry looks for."""
    found = pattern(name, language)
    if found is None or len(text) < _SHORT:
        return bool(found and found.search(text))
    key = (name, _SAME.get(language, language))
    if key not in _soughts:
        _soughts[key] = Sought(found.pattern, re.MULTILINE)
    return _soughts[key].found_in(text)


def handler(context: Context, endpoint: Endpoint) -> "tuple[str, int]":
    """The text of the handler and the number of its first line; "" where the handler was not found."""
    route = endpoint.route
    if not route.handler_file or not route.handler_line or not context.repository.exists(route.handler_file):
        return "", 0
    lines = context.repository.lines(route.handler_file)
    return "\n".join(lines[route.handler_line - 1 : max(route.handler_end, route.handler_line)]), route.handler_line


def language(endpoint: Endpoint) -> str:
    """The language of the handler's file."""
    return language_of(endpoint.route.handler_file or endpoint.route.file) or ""
