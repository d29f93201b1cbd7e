"""Points in time without a zone: calls that make them, columns that keep them."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Tree
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ANALYTIC = re.compile(r"(?i)clickhouse|tinybird|bigquery|snowflake|redshift")
_WORDS = Sought(r"\bdatetime\b|\bDateTime\b|LocalDateTime|timestamp", re.IGNORECASE)


def wants(language: str, text: str) -> bool:
    return _WORDS.found_in(text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    for entry in words.entries("clock", "naive", tree.language, tree.text):
        unless = re.compile(entry.more["unless"])
        for match in entry.pattern.finditer(tree.bare) if entry.wanted(tree.text) else ():
            if unless.search(tree.bare[match.end() : match.end() + 120]) or _elapsed(tree, match.start()):
                continue
            line = tree.line(match.start())
            if _told(tree, match.start(), line) or _beside(tree, line):
                continue
            if re.search(r"noqa\s*:[^\n]*DTZ", tree._line_text(line - 1)):
                continue
            if _goes_on(tree, match.end()) or _local_on_purpose(tree, match.start()):
                continue
            holder = tree.class_at(match.start())
            if holder is not None and _SHOWS.search(holder.name):
                continue
            name = re.match(r"[\w.]+", tree.bare[match.start() :])
            told = name.group() if name else match.group()
            yield {"kind": "naive", "line": line, "end": line, "name": told, "instead": entry.more["instead"], "rule": entry.id}
    for entry in words.entries("clock", "columns", tree.language, tree.text):
        zone = re.compile(entry.more["zone"])
        analytic = _ANALYTIC.search(tree.text)  # ClickHouse and its like have types of their own
        for call in tree.calls(_flat(entry, tree)) if entry.wanted(tree.text) and not analytic else ():
            text = (tree.code if entry.more.get("raw") else tree.bare)[call.begin : call.end]
            if entry.more.get("raw") and not entry.pattern.match(tree.code, call.start):
                continue
            if zone.search(text) or (entry.id == "python.sqlalchemy" and not re.search(r"\bDateTime\b", text)):
                continue
            line = tree.line(call.start)
            yield {
                "kind": "naive_column",
                "line": line,
                "end": line,
                "name": _column(tree, call.start),
                "instead": entry.more["instead"],
                "rule": entry.id,
            }


def _flat(entry: words.Entry, tree: Tree) -> "re.Pattern[str]":
    """The pattern up to its bracket: what it looks ahead for may stand in a string, which is blank."""
    return re.compile(entry.pattern.pattern.partition("(?=")[0]) if entry.more.get("raw") else entry.pattern


def _elapsed(tree: Tree, offset: int) -> bool:
    """Whether the time is subtracted from, or only printed: then no zone is needed."""
    before = tree.code[max(offset - 60, 0) : offset]
    if re.search(r"\bmake_aware\(\s*(?:datetime\.)?$", before):
        return True  # its zone is given there
    if re.search(r"\bfreeze_time\(\s*(?:datetime\.)?$", before) or _DAY.search(tree.code[max(offset - 200, 0) : offset]):
        return True
    if re.search(r"[\"'](?:exp|iat|nbf)[\"']\s*[:\]]?\s*=?\s*(?:datetime\.)?$", before.rpartition("\n")[2]):
        return True  # claims of a token: the library takes them as UTC
    if re.search(r"\.not_valid_\w+\(\s*(?:datetime\.)?$", before):
        return True  # dates of a certificate, too
    return bool(
        re.search(
            r"(?:-\s*|\bprint\(\s*|\b(?:start|begin|started|t0|tic|start_time|before|elapsed)\s*=\s*)(?:datetime\.)?$",
            before.rpartition("\n")[2],
        )
    )


_ONWARD = re.compile(
    r"\s*\.\s*(?:strftime|astimezone|timetuple|timestamp\(|date\(|time\(|year|month|day|hour|weekday|isocalendar|replace\(\s*tzinfo)"
)
_NAIVE = r"\b{name}\s*=\s*(?:datetime\.)?datetime\.(?:now\(\s*\)|today\(|fromtimestamp\(|utcnow\(|utcfromtimestamp\()"
_MEANT = re.compile(r"(?i)replace\(\s*tzinfo\s*=\s*None|\bnaive\b|\blocal (?:time|time ?zone)\b")


def _goes_on(tree: Tree, end: int) -> bool:
    """Whether only a part of the time is taken, or its zone is given, after the brackets of the call."""
    opening = tree.bare.find("(", max(end - 1, 0), end + 1)
    return opening >= 0 and bool(_ONWARD.match(tree.bare, tree.closing(opening) + 1))


def _local_on_purpose(tree: Tree, offset: int) -> bool:
    """Whether the function works with times without a zone on purpose, or only with how far two of them lie apart."""
    function = tree.function_at(offset)
    if function is None:
        return False
    text = tree.text[function.start : function.end]
    if _MEANT.search(text):
        return True
    before = tree.bare[max(offset - 60, 0) : offset]
    limit = re.search(r"\b(\w+)\s*(?:[<>]=?|-)\s*(?:datetime\.)?$", before)
    if limit is not None and re.search(_NAIVE.format(name=re.escape(limit.group(1))), text):
        return True  # a timer of the function itself
    target = re.search(r"(\w+)\s*=\s*(?:datetime\.)?$", before)
    if target is None:
        return False
    if re.search(
        rf"\b{target.group(1)}\s*(?:[<>]=?|-)\s*(?:datetime\.)?datetime\.now\(|\bnow\(\s*\)\s*(?:[<>]=?|-)\s*{target.group(1)}\b", text
    ):
        return True
    name = re.escape(target.group(1))
    uses = re.findall(rf"\b{name}\b(?!\s*=)([^\n]{{0,14}})", tree.bare[max(tree.bare.find("\n", offset), offset) : function.end])
    if uses and all(_ONWARD.match(use) for use in uses):
        return True
    others = [*re.findall(rf"\b{name}\s*-\s*(\w+)\b", text), *re.findall(rf"\b(\w+)\s*-\s*{name}\b", text)]
    return any(re.search(_NAIVE.format(name=re.escape(other)), text) for other in others)


_DAY = re.compile(r"\b(?:DateField|DateInput)\([^()]*(?:\([^()]*\)[^()]*)*$|\bDate\s*,[^()\n]*$|:\s*date\s*=[^\n]*$")
"""Fields and columns that keep a day: what they are given by default loses its time."""
_SHOWS = re.compile(r"(?i)format(?:ter)?$|humani[sz]|pretty|relative_?(?:date|time)")
"""Classes that show a time to a person."""
_TOLD = re.compile(r"(?i)\b_?log(?:ger|ging)?\s*(?:\.\s*\w+)?\(|\bconsole\.\w+\(|\bprint\w*\(|\$\"[^\"]*\{\s*$")
_ZONED = re.compile(r"UtcNow|Instant\.now\(|timezone\.utc|OffsetDateTime\.now\(")


def _told(tree: Tree, offset: int, line: int) -> bool:
    """Whether the time is only told: written to a log, or part of a message for a person."""
    before = tree.code[tree._starts[line - 1] : offset]
    return (
        bool(_TOLD.search(before))
        or bool(re.search(r"[^\w\s:=({\[,]\s*\{\s*(?:datetime\.)?$|^\s*\{(?:datetime\.)?$", before))
        or bool(re.search(r"\$\"[^\"]*\{[^}\"]*$", before))
    )


def _beside(tree: Tree, line: int) -> bool:
    """Whether the same moment with its zone is kept on the line above or below: this one is for show."""
    name = re.search(r"(\w+)\b[^=\n]*=", tree._line_text(line - 1))
    near = [tree._line_text(at) for at in (line - 2, line) if 0 <= at < len(tree._starts)]
    return bool(name and any(_ZONED.search(text) and name.group(1).lower() in text.lower() for text in near))


def _column(tree: Tree, offset: int) -> str:
    """The name of a column that is declared at an offset, on this line or, for a decorator, below."""
    start = tree.text.rfind("\n", 0, offset) + 1
    before = re.search(r"(\w+)\s*(?::[^=\n]*)?=\s*$", tree.code[start:offset]) or re.search(r"(\w+)\s*:\s*$", tree.code[start:offset])
    if before:
        return before.group(1)
    after = re.search(r"\)\s*\n?(?:\s*@[^\n]*\n)*\s*(?:(?:public|private|readonly)\s+)*(\w+)\s*[!?:]", tree.code[offset : offset + 400])
    return after.group(1) if after else ""
