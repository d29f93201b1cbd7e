"""Entries of `catalog/shape`: patterns by language, compiled once."""

import re
from typing import Any, NamedTuple

from backend_agent import catalog


class Entry(NamedTuple):
    """One entry of a catalog: what it looks for, in which languages, in files that say `needs`."""

    id: str
    pattern: "re.Pattern[str]"
    needs: "re.Pattern[str] | None"
    more: "dict[str, Any]"

    def wanted(self, text: str) -> bool:
        return self.needs is None or bool(self.needs.search(text))


_SAME = {"typescript": "javascript", "tsx": "javascript"}
_kept: "dict[tuple[str, str, str], tuple[Entry, ...]]" = {}


def entries(name: str, part: str, language: str) -> "tuple[Entry, ...]":
    """The entries of a part of `catalog/shape/<name>.yaml` for a language."""
    plain = _SAME.get(language, language)
    key = (name, part, plain)
    if key not in _kept:
        rows = catalog.load("shape", name).get(part, ())
        _kept[key] = tuple(_entry(row) for row in rows if plain in row["languages"])
    return _kept[key]


def _entry(row: "dict[str, Any]") -> Entry:
    needs = re.compile(row["needs"], re.MULTILINE) if row.get("needs") else None
    return Entry(row["id"], re.compile(row["pattern"], re.MULTILINE), needs, row)


def one(name: str, part: str, language: str) -> "re.Pattern[str] | None":
    """All entries of a part as one pattern; None where the language has none."""
    key = (name, part, "one " + _SAME.get(language, language))
    if key not in _joined:
        found = entries(name, part, language)
        _joined[key] = joined([e.pattern.pattern for e in found]) if found else None
    return _joined[key]


_joined: "dict[tuple[str, str, str], re.Pattern[str] | None]" = {}


def joined(patterns: "list[str]") -> "re.Pattern[str]":
    """One pattern of several; flags at the beginning of one stay its own."""
    return re.compile(
        "|".join(_FLAGS.sub(r"(?\1:", text, count=1) + ")" if _FLAGS.match(text) else f"(?:{text})" for text in patterns), re.MULTILINE
    )


_FLAGS = re.compile(r"^\(\?([ims]+)\)")
