"""Entries of `catalog/shape`: patterns by language, compiled once."""

import re

from backend_agent import catalog
from backend_agent.patterns import Sought, vocabulary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Entry:
    """One entry of a catalog: what it looks for, in which languages, in files that say `needs`."""

    __slots__ = ("_needs", "_sought", "_test", "id", "more")

    def __init__(self, row: "dict[str, Any]") -> None:
        self.id = str(row["id"])
        self.more = row
        self._sought = Sought(row["pattern"], re.MULTILINE)
        self._test = Sought(_HOLE.sub(".", row["pattern"]), re.MULTILINE)
        self._needs = Sought(row["needs"], re.MULTILINE) if row.get("needs") else None

    @property
    def pattern(self) -> "re.Pattern[str]":
        return self._sought.made

    def wanted(self, text: str) -> bool:
        return self._needs is None or self._needs.found_in(text)

    def may(self, text: str) -> bool:
        """Whether the pattern can match in a file, by the words of that file."""
        return self._test.may(vocabulary(text))

    def found_in(self, text: str) -> bool:
        return self._sought.found_in(text)


_HOLE = re.compile(r"\{[a-z]+\}")
"""What a pattern leaves open, such as the name of a variable."""
_SAME = {"typescript": "javascript", "tsx": "javascript"}
_kept: "dict[tuple[str, str, str], tuple[Entry, ...]]" = {}


def entries(name: str, part: str, language: str, text: "str | None" = None) -> "tuple[Entry, ...]":
    """The entries of a part of `catalog/shape/<name>.yaml` for a language; of these, those that can match in a file with this text."""
    plain = _SAME.get(language, language)
    key = (name, part, plain)
    if key not in _kept:
        rows = catalog.load("shape", name).get(part, ())
        _kept[key] = tuple(Entry(row) for row in rows if plain in row["languages"])
    return _kept[key] if text is None else tuple(entry for entry in _kept[key] if entry.may(text))


def sought(pattern: str) -> Sought:
    """A pattern that an entry holds beside its own."""
    if pattern not in _soughts:
        _soughts[pattern] = Sought(pattern)
    return _soughts[pattern]


_soughts: "dict[str, Sought]" = {}


def one(name: str, part: str, language: str) -> "re.Pattern[str] | None":
    """All entries of a part as one pattern; None where the language has none."""
    key = (name, part, "one " + _SAME.get(language, language))
    if key not in _joined:
        found = entries(name, part, language)
        _joined[key] = joined([e.more["pattern"] for e in found]) if found else None
    return _joined[key]


_joined: "dict[tuple[str, str, str], re.Pattern[str] | None]" = {}


def joined(patterns: "list[str]") -> "re.Pattern[str]":
    """One pattern of several; flags at the beginning of one stay its own."""
    return re.compile(
        "|".join(_FLAGS.sub(r"(?\1:", text, count=1) + ")" if _FLAGS.match(text) else f"(?:{text})" for text in patterns), re.MULTILINE
    )


_FLAGS = re.compile(r"^\(\?([ims]+)\)")
