"""Inline comments that silence a finding: `backend-agent: ignore CHECK-ID reason`, on the line of the finding or alone above it."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

_COMMENT = re.compile(r"(?:#|//|--|/\*|\*|;|<!--)\s*backend-agent:\s*ignore\b[ \t]*(?P<rest>[^\r\n]*)")
_IDS = re.compile(r"[A-Za-z][\w.-]*(?:\s*,\s*[A-Za-z][\w.-]*)*")
_CLOSING = re.compile(r"\s*(?:\*/|-->)\s*$")


class Ignore(NamedTuple):
    """One comment: which checks or items, why, on which line. `alone`: nothing but the comment stands on the line."""

    ids: tuple[str, ...]
    reason: str
    line: int
    alone: bool


def ignores(text: str) -> "list[Ignore]":
    """All ignore comments of a text, also those without a reason: they silence nothing and are reported."""
    if "backend-agent:" not in text:
        return []
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _COMMENT.search(line)
        if match is None:
            continue
        rest = _CLOSING.sub("", match["rest"]).strip()
        ids = _IDS.match(rest)
        names = tuple(part.strip() for part in ids.group().split(",")) if ids else ()
        reason = rest[ids.end() :].strip(" \t:-—") if ids else ""
        found.append(Ignore(names, reason, number, not line[: match.start()].strip()))
    return found


def covers(ignore: Ignore, check: str, item: str, line: int, end_line: int) -> bool:
    """Whether a comment silences a finding: it names the check or the item, gives a reason, and stands on its lines or alone above them."""
    if not ignore.reason or not {check.lower(), item.lower()} & {name.lower() for name in ignore.ids}:
        return False
    if ignore.line == line - 1:
        return ignore.alone
    return line <= ignore.line <= max(line, end_line)
