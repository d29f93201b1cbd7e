"""Cases of checks: small projects, bad ones and their safe twins, several in a file.

`cases/<check>/<language>.cases`: `default: PATH` names the file that a case without `--- PATH` lines is; `=== base` holds files that every
case has; `=== bad: title`, `=== safe: title` and `=== doubted: title` (a question, not a finding) begin a case.
"""

import os
import re
from typing import NamedTuple

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")


class Case(NamedTuple):
    check: str
    language: str
    side: str
    title: str
    files: "dict[str, str]"
    own: "dict[str, str]"
    """Without the base."""


def cases() -> "list[Case]":
    """All cases, sorted by check, language and place in their file."""
    found: list[Case] = []
    for check in sorted(os.listdir(HERE)):
        for name in sorted(os.listdir(os.path.join(HERE, check))):
            if name.endswith(".cases"):
                with open(os.path.join(HERE, check, name), encoding="utf-8") as file:
                    found += _parse(check, name.removesuffix(".cases"), file.read())
    return found


def _parse(check: str, language: str, text: str) -> "list[Case]":
    head, *parts = re.split(r"(?m)^=== ", text)
    default = head.partition(":")[2].strip()
    base: dict[str, str] = {}
    found = []
    for part in parts:
        first, _, body = part.partition("\n")
        files = split_files(body, default)
        if first == "base":
            base = files
            continue
        side, _, title = first.partition(": ")
        assert side in {"bad", "safe", "doubted"}, (check, language, first)
        found.append(Case(check, language, side, title, {**base, **files}, files))
    return found


def split_files(body: str, default: str) -> "dict[str, str]":
    """The files of a case by path; what stands before the first `--- PATH` is the default one."""
    pieces = re.split(r"(?m)^--- (\S+)\n", body)
    files = {default: pieces[0]} if pieces[0].strip() else {}
    return {**files, **dict(zip(pieces[1::2], pieces[2::2], strict=True))}
