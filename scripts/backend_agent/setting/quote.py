"""Text of a repository as a quotation: whole lines, no control characters, no secrets, in a fence that it cannot leave."""

import re
from typing import NamedTuple

from backend_agent.facts.rules import secrets

LONGEST_LINE = 300
"""Characters of one quoted line."""

REDACTED = "[redacted]"

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_LITERAL = re.compile(
    r"""(?P<name>[\w\-.$@]*["']?\]?)(?P<middle>\s*(?:=>|:=|[:=(,])\s*)(?P<quote>["'`])(?P<text>[^"'`\n]{4,400})(?P=quote)"""
)
_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s:@/\"'`]+:)([^\s@/\"'`{$<%]+)@")
_KNOWN = re.compile(secrets.KNOWN.pattern.lstrip("^"))
_KEY_BODY = re.compile(r"^[\s\"'`+]*[A-Za-z0-9+/]{60,}={0,2}[\s\"'`\\n+]*$")

FENCES = {
    ".py": "python", ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx", ".js": "javascript",
    ".mjs": "javascript", ".cjs": "javascript", ".jsx": "jsx", ".go": "go", ".rs": "rust", ".java": "java", ".kt": "kotlin",
    ".cs": "csharp", ".rb": "ruby", ".php": "php", ".ex": "elixir", ".exs": "elixir", ".scala": "scala",
    ".sql": "sql", ".prisma": "prisma", ".xml": "xml",
    ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip


class Quote(NamedTuple):
    """Lines `first` to `last` of a file, made safe. `redacted` counts the secrets that were taken out."""

    path: str
    first: int
    last: int
    text: str
    redacted: int = 0

    @property
    def place(self) -> str:
        return f"{self.path}:{self.first}-{self.last}" if self.last > self.first else f"{self.path}:{self.first}"


def quote(path: str, lines: "list[str]", first: int, last: int) -> Quote:
    """The lines, without their common margin."""
    taken = [_CONTROL.sub("", line.expandtabs(4) if not line.startswith("\t") else line) for line in lines[first - 1 : last]]
    while taken and not taken[-1].strip():
        taken.pop()
        last -= 1
    while taken and not taken[0].strip():
        taken.pop(0)
        first += 1
    redacted = 0
    safe = []
    for line in taken:
        text, count = redact(line.rstrip())
        redacted += count
        safe.append(text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…")
    margin = min((len(line) - len(line.lstrip()) for line in safe if line.strip()), default=0)
    return Quote(path, first, last, "\n".join(line[margin:] for line in safe), redacted)


def redact(line: str) -> "tuple[str, int]":
    """The line without what looks like a secret, and how many were taken out."""
    count = 0

    def literal(match: "re.Match[str]") -> str:
        nonlocal count
        name = match["name"].strip("\"'[]")
        bare = re.split(r"[.]", name)[-1]
        if not secrets.NAME.search(bare) or secrets.NOT_SECRET.search(bare) or not secrets.secret(match["text"], bare):
            return match[0]
        count += 1
        return f"{match['name']}{match['middle']}{match['quote']}{REDACTED}{match['quote']}"

    def plain(_: "re.Match[str]") -> str:
        nonlocal count
        count += 1
        return REDACTED

    def login(match: "re.Match[str]") -> str:
        nonlocal count
        count += 1
        return f"{match[1]}{REDACTED}@"

    if '"' in line or "'" in line or "`" in line:
        line = _LITERAL.sub(literal, line)
    line = _KNOWN.sub(plain, line)
    if "://" in line:
        line = _URL.sub(login, line)
    if len(line) >= 60 and _KEY_BODY.match(line):
        line = _KEY_BODY.sub(plain, line)
    return line, count


def fenced(quoted: Quote) -> str:
    """A code block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", quoted.text)), default=2)
    ticks = "`" * (longest + 1)
    dot = quoted.path.rfind(".")
    return f"{ticks}{FENCES.get(quoted.path[dot:], '') if dot >= 0 else ''}\n{quoted.text}\n{ticks}"
