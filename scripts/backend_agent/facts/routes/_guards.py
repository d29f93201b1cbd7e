"""Whether a name means a guard: `catalog/facts/guards.yaml`, applied to names split into words."""

import re

from backend_agent import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_rules: "list[tuple[re.Pattern[str], str]]" = []
_kept: "dict[str, str]" = {}

WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-\s]+")


def words(name: str) -> str:
    """`auth.requireUser()` as `auth . require user ()`; what stands between parentheses is gone."""
    name = name.replace("OAuth", "Oauth").replace("IDs", "Ids")
    text = " ".join(part for part in WORDS.split(name) if part)
    return text.replace(".", " . ").replace("()", " ()").lower()


def meaning(name: str) -> str:
    """`guard`, `optional` (lets everybody through), or "" for what is no guard."""
    if not name:
        return ""
    if name not in _kept:
        _kept[name] = _meaning(words(name))
    return _kept[name]


def _meaning(text: str) -> str:
    for pattern, means in rules():
        if pattern.search(text):
            return "" if means == "none" else means
    return ""


def rules() -> "list[tuple[re.Pattern[str], str]]":
    if not _rules:
        content: dict[str, Any] = catalog.load("facts", "guards")
        _rules.extend((re.compile(entry["pattern"]), entry["means"]) for entry in content["names"])
    return _rules
