"""The `raw_sql` patterns of stack.yaml, searched line by line: `{patterns, include_glob, exclude_dirs}`.

A pattern comes from a person and may be catastrophic, so only lines up to a length are searched, in a process of its own with a time limit.
"""

import fnmatch
import json
import re
import sys
from collections.abc import Iterable

from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context

LONGEST_LINE = 1_000
SECONDS = 10.0
"""For all files and patterns together; a sane pattern needs a thousandth of it."""
MOST = 500

CHECKS = (
    Check(
        "raw-sql-pattern",
        "DB-1",
        "No line matches the raw_sql patterns of stack.yaml",
        category="raw_sql_pattern",
        why="The project's own manifest names these as SQL built from text.",
        fix="pass values as parameters of the query",
        sees="single lines that match a pattern of stack.yaml",
        misses="SQL that is built over several lines, unless the pattern sees a part of it",
    ),
)

_WORKER = """
import json, re, sys
task = json.load(sys.stdin)
patterns = [re.compile(p) for p in task["patterns"]]
for path, lines in task["files"]:
    for number, line in lines:
        for index, pattern in enumerate(patterns):
            if pattern.search(line):
                print(json.dumps([path, number, index]), flush=True)
                break
print("done", flush=True)
"""


def applies(context: Context) -> bool:
    """Whether any manifest has patterns at all: without them there is nothing that could pass."""
    return any(rules.patterns for rules in context.raw_sql)


def run(context: Context) -> Iterable[Finding]:
    """One finding a matching line. A pattern that is no regular expression, or takes too long, is a gap: never silence."""
    for rules in context.raw_sql:
        patterns = [p for p in rules.patterns if _compiles(context, rules.source, p)]
        files = [(p, _lines(context.repository.read(p))) for p in context.scope if _included(p, rules.include_glob, rules.exclude_dirs)]
        if patterns and files:
            yield from _found(context, patterns, files, rules.source)


def _compiles(context: Context, source: str, pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        context.unchecked("raw-sql-pattern", f"{source}: raw_sql pattern {pattern!r} is no regular expression ({error})")
        return False
    return True


def _included(path: str, include: "tuple[str, ...]", exclude: "tuple[str, ...]") -> bool:
    parts = path.split("/")
    if any(folder.strip("/") in parts[:-1] or path.startswith(folder.strip("/") + "/") for folder in exclude):
        return False
    return not include or any(fnmatch.fnmatch(path, glob) or fnmatch.fnmatch(parts[-1], glob) for glob in include)


def _lines(text: str) -> "list[tuple[int, str]]":
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip() and len(line) <= LONGEST_LINE]


def _found(context: Context, patterns: "list[str]", files: "list[tuple[str, list[tuple[int, str]]]]", source: str) -> Iterable[Finding]:
    import subprocess

    task = json.dumps({"patterns": patterns, "files": files})
    ended, output = True, ""
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-S", "-c", _WORKER],
            input=task.encode("utf-8", "replace"),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        output = done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as error:
        output = (error.stdout or b"").decode("utf-8", "replace")
        ended = False
    rows = output.split("\n")
    if not ended or "done" not in rows:
        context.unchecked("raw-sql-pattern", f"{source}: the raw_sql patterns took longer than {SECONDS:g} s; not all files were searched")
    for row in rows[:MOST]:
        if row.startswith("["):
            path, number, index = json.loads(row)
            check = CHECKS[0]
            message = f"matches the raw_sql pattern {patterns[index]!r} of {source}"
            yield Finding(check.id, check.item, check.severity, path, number, number, message, check.fix, check.category)
