"""Replacements of whole lines, where one mends a finding and changes nothing else: few, and only where the line itself tells enough."""

import re
from collections.abc import Callable

from backend_agent.checks.finding import Finding

_REQUEST = re.compile(r"(?<![\w.])requests\.(?:get|post|put|patch|delete|head|options|request)\(|(?<![\w.])smtplib\.SMTP(?:_SSL)?\(")
_UTCNOW = re.compile(r"(?<![\w.])(?P<module>datetime\.)?datetime\.utcnow\(\s*\)")
_SPLICED = re.compile(r"(?<![\w'\"%])\$\{(\w[\w.]*)\}(?![\w'\"%])")


def of(finding: Finding, lines: "list[str]") -> str:
    """The text that takes the place of a finding's line, without its end; "" where a person has to decide."""
    make = _MAKERS.get(finding.check)
    single = finding.end_line in {0, finding.line} and 0 < finding.line <= len(lines)
    if make is None or not single:
        return ""
    line = lines[finding.line - 1]
    made = make(finding, line, lines)
    return "" if made == line else made


def _timed(finding: Finding, line: str, lines: "list[str]") -> str:  # noqa: ARG001
    """`requests.get(url)` gets its time limit as the last argument."""
    calls = list(_REQUEST.finditer(line))
    if len(calls) != 1 or not finding.path.endswith(".py"):
        return ""
    end = _closing(line, calls[0].end() - 1)
    inside = line[calls[0].end() : end] if end > 0 else ""
    if end < 0 or "timeout" in inside or not inside.strip() or inside.rstrip().endswith(","):
        return ""
    return f"{line[:end].rstrip()}, timeout=10{line[end:]}"


def _closing(line: str, opening: int) -> int:
    """The bracket that closes the one at `opening` on the same line; -1 where none does, or a quote stands in the way of counting."""
    depth, quote = 0, ""
    for number in range(opening, len(line)):
        letter = line[number]
        if quote:
            quote = "" if letter == quote and line[number - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "#":
            return -1
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return number
    return -1


_HAS_ZONE = re.compile(r"(?m)^from datetime import [^\n]*\btimezone\b")
_HAS_MODULE = re.compile(r"(?m)^import datetime\b(?!\s+as)")


def _zoned(finding: Finding, line: str, lines: "list[str]") -> str:  # noqa: ARG001
    """`datetime.utcnow()` tells its zone, where the file imports what that takes."""
    match = _UTCNOW.search(line)
    text = "\n".join(lines[:200])
    if match is None or len(_UTCNOW.findall(line)) != 1:
        return ""
    if match["module"] and _HAS_MODULE.search(text):
        return line.replace(match.group(), "datetime.datetime.now(datetime.timezone.utc)")
    if not match["module"] and _HAS_ZONE.search(text):
        return line.replace(match.group(), "datetime.now(timezone.utc)")
    return ""


def _bound(finding: Finding, line: str, lines: "list[str]") -> str:  # noqa: ARG001
    """`where id = ${id}` binds the value in a mapper of MyBatis; one between quotes, or an order, needs a person."""
    if not finding.path.endswith(".xml") or len(_SPLICED.findall(line)) != 1 or re.search(r"(?i)order\s+by|group\s+by|limit", line):
        return ""
    match = _SPLICED.search(line)
    fits = match is not None and re.search(r"(?:=|<|>|\blike|\(|,)\s*$", line[: match.start()], re.IGNORECASE)
    return _SPLICED.sub(r"#{\1}", line) if fits else ""


_MAKERS: "dict[str, Callable[[Finding, str, list[str]], str]]" = {
    "missing_timeout": _timed,
    "naive_datetime": _zoned,
    "raw_sql": _bound,
}
