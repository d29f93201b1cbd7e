"""Text for people and agents: compact, aligned, plain when piped; what comes from a repository is quoted as data."""

import os
import sys

LONGEST = 200
"""Characters of one value taken from a repository."""


def clean(value: object, limit: int = LONGEST) -> str:
    """Text from a repository, made safe to print: control characters and direction marks gone, one line, capped."""
    text = str(value)
    if not (text.isascii() and text.isprintable()):
        text = "".join(character if _harmless(character) else " " for character in text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _harmless(character: str) -> bool:
    code = ord(character)
    if code < 32 or 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF:
        return False
    return not (0x200B <= code <= 0x200F or 0x2028 <= code <= 0x202E or 0x2060 <= code <= 0x206F or code == 0xFEFF)


def colour(text: str, code: str) -> str:
    """ANSI colour on a terminal only; NO_COLOR is respected (no-color.org)."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def columns(rows: "list[list[str]]", gap: str = "  ") -> "list[str]":
    """Rows aligned in columns; the last column is not padded."""
    if not rows:
        return []
    count = max(len(row) for row in rows)
    widths = [max((len(row[i]) for row in rows if i < len(row)), default=0) for i in range(count)]
    return [gap.join(cell.ljust(widths[i]) if i < len(row) - 1 else cell for i, cell in enumerate(row)).rstrip() for row in rows]
