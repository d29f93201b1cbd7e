"""What the rules about the code find in the lines of one file that was just edited.

An agent waits for this after each edit, so it parses that file alone, asks git only where there is something to say, and leaves the
questions about the whole backend to `run_checklist.py`.
"""

import os

from backend_agent.checks import code, inline
from backend_agent.facts import rules
from backend_agent.facts.source import SourceFile, language_of
from backend_agent.repository.listing import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from backend_agent.checks.finding import Finding

LARGEST = 1_000_000
"""Bytes of a file that somebody may have written by hand."""
GIT_SECONDS = 10.0


def findings(root: str, path: str) -> "list[Finding]":
    """The findings on the lines of a file that differ from the last commit; `path` is relative to the root."""
    language = language_of(path)
    text = _read(os.path.join(root, path))
    if not language or not text or not rules.wants(path, language, text):
        return []
    try:
        rows = rules.extract(SourceFile(path, text, language))
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # ast-grep panics with a BaseException; the checklist says that it could not look
        return []
    comments = inline.ignores(text)
    found = [
        finding
        for finding in code.findings(path, rows)
        if not finding.doubt and not any(inline.covers(c, finding.check, finding.item, finding.line, finding.end_line) for c in comments)
    ]
    if not found:
        return []
    lines = _changed(root, path)
    return [finding for finding in found if lines is None or any(finding.line <= line <= finding.end_line for line in lines)]


def _read(full: str) -> str:
    try:
        if os.path.getsize(full) > LARGEST:
            return ""
        with open(full, encoding="utf-8", errors="replace") as file:
            return file.read().lstrip("\ufeff")
    except OSError:
        return ""


def _changed(root: str, path: str) -> "set[int] | None":
    """The lines of a file that the last commit does not have; None for all: it is new, or there is no git. Nothing of an ignored file."""
    output = _git(root, "diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "HEAD", "--", path)
    if not output:
        kept = _git(root, "ls-files", "--error-unmatch", "--", path) is not None or _git(root, "check-ignore", "-q", "--", path) is not None
        return set() if kept and output is not None else None
    lines: set[int] = set()
    for row in output.split("\n"):
        if row.startswith("@@"):
            first, _, count = row.split("+", 1)[1].split(" ", 1)[0].partition(",")
            lines.update(range(int(first), int(first) + int(count or 1)))
    return lines


def _git(root: str, *arguments: str) -> "str | None":
    """As `repository.changes.git`, which brings more with it than this file needs."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = ("git", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.quotePath=true", *arguments)
    told = output(root, command, environment, GIT_SECONDS)
    return None if told is None else told.decode("utf-8", "replace")
