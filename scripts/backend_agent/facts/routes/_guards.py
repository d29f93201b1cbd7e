"""Whether a name means a guard: `catalog/facts/guards.yaml`, applied to names split into words."""

import re

from backend_agent import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_rules: "list[tuple[re.Pattern[str], str, re.Pattern[str] | None]]" = []
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
    for pattern, means, holders in rules():
        found = pattern.search(text)
        if found:
            owner, _, own = text.rpartition(" . ")
            if holders and found.end() <= len(owner) and holders.search(owner):
                return _meaning(own)  # `authController.protect`: what holds the guard is none itself
            return "" if means == "none" else means
    return ""


def rules() -> "list[tuple[re.Pattern[str], str, re.Pattern[str] | None]]":
    """Per entry its pattern, what it means, and the objects whose own name says nothing."""
    if not _rules:
        content: dict[str, Any] = catalog.load("facts", "guards")
        for entry in content["names"]:
            holders = re.compile(entry["holders"]) if "holders" in entry else None
            _rules.append((re.compile(entry["pattern"]), entry["means"], holders))
    return _rules
