"""How many tests a command ran: read from its output by the catalog of runners, or from the XML reports that it wrote.

"Passed" is only what a runner counted as passed. No count at all is told apart from a count of zero: neither proves anything.
"""

import os
import re
from typing import Any, NamedTuple

from backend_agent import catalog

MOST_NAMES = 50
REPORT_FOLDERS = ("target/surefire-reports", "target/failsafe-reports", "build/test-results")
REPORT_BYTES = 20_000_000
MOST_REPORTS = 5_000

_ANSI = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]|[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONG = 5_000
"""Characters of a line from which on it is no summary of a runner."""


class Counts(NamedTuple):
    """What the runners counted, added up. `runner` names them; "" means that none was recognised."""

    runner: str = ""
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    unit: str = "tests"
    failing: tuple[str, ...] = ()


def plain(output: str) -> str:
    """Output without colours and control characters, and without lines that no runner writes."""
    text = _ANSI.sub("", output).replace("\r", "\n")
    if len(text) > _LONG and any(len(line) > _LONG for line in text.split("\n")):
        text = "\n".join(line if len(line) <= _LONG else line[:200] for line in text.split("\n"))
    return text


def count(output: str) -> Counts:
    """The counts of every runner that speaks in an output."""
    text = plain(output)
    found: dict[str, Counts] = {}
    replaced: set[str] = set()
    for runner in _runners():
        if runner.present.search(text):
            counts = _of(runner, text)
            if counts is not None:
                found[runner.id] = counts
                replaced.update(runner.replaces)
    return added([c for name, c in found.items() if name not in replaced])


def added(parts: "list[Counts]") -> Counts:
    """Several counts as one; failing names once each."""
    if not parts:
        return Counts()
    names = tuple(dict.fromkeys(name for part in parts for name in part.failing))[:MOST_NAMES]
    units = {part.unit for part in parts}
    return Counts(
        " + ".join(dict.fromkeys(part.runner for part in parts)),
        sum(part.passed for part in parts),
        sum(part.failed for part in parts),
        sum(part.errors for part in parts),
        sum(part.skipped for part in parts),
        units.pop() if len(units) == 1 else "tests",
        names,
    )


class _Runner:
    """One entry of the catalog, compiled."""

    def __init__(self, entry: "dict[str, Any]") -> None:
        self.id: str = entry["id"]
        self.unit: str = entry.get("unit", "tests")
        self.present = re.compile(entry["present"], re.MULTILINE)
        self.summary = re.compile(entry["summary"], re.MULTILINE) if "summary" in entry else None
        self.counts = {field: [re.compile(p, re.MULTILINE) for p in _list(patterns)] for field, patterns in entry["counts"].items()}
        self.failing = [re.compile(p, re.MULTILINE) for p in entry.get("failing", ())]
        self.replaces: list[str] = entry.get("replaces", [])


_compiled: "list[_Runner]" = []


def _runners() -> "list[_Runner]":
    if not _compiled:
        _compiled.extend(_Runner(entry) for entry in catalog.load("verify", "runners"))
    return _compiled


def _list(value: "str | list[str]") -> "list[str]":
    return [value] if isinstance(value, str) else value


def _of(runner: _Runner, text: str) -> "Counts | None":
    blocks = [text] if runner.summary is None else [m.group() for m in runner.summary.finditer(text)]
    if runner.id == "go-verbose" and not blocks:
        return None  # a plain run prints failures in this form too; its packages are counted elsewhere
    sums = {field: sum(_matches(p, block) for p in patterns for block in blocks) for field, patterns in runner.counts.items()}
    failed, errors, skipped = sums.get("failed", 0), sums.get("errors", 0), sums.get("skipped", 0)
    passed = sums["passed"] if "passed" in sums else sums.get("total", 0) - failed - errors - skipped
    passed -= sums.get("hollow", 0)
    names = tuple(dict.fromkeys(" ".join(m["name"].split()) for p in runner.failing for m in p.finditer(text)))
    return Counts(runner.id, max(passed, 0), failed, errors, skipped, runner.unit, names[:MOST_NAMES])


def _matches(pattern: "re.Pattern[str]", text: str) -> int:
    counted = "n" in pattern.groupindex
    return sum(int(m["n"]) if counted else 1 for m in pattern.finditer(text))


def of_reports(folder: str, since: float) -> Counts:
    """Counts of JUnit XML files below `folder` (Surefire, Failsafe, Gradle) that were written after `since` (seconds since the epoch)."""
    parts = []
    for path in _reports(folder, since):
        one = _of_report(path)
        if one is not None:
            parts.append(one)
    return added(parts)


def _reports(folder: str, since: float) -> "list[str]":
    found: list[str] = []
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in {"node_modules", ".git", "src"})
        below = os.path.relpath(at, folder).replace(os.sep, "/")
        if below.count("/") > 6:
            folders[:] = []
        if not any(name in f"{below}/" for name in (f"{part}/" for part in REPORT_FOLDERS)):
            continue
        for name in sorted(files):
            if name.endswith(".xml") and len(found) < MOST_REPORTS:
                path = os.path.join(at, name)
                try:
                    if os.path.getmtime(path) >= since - 1:  # some file systems keep whole seconds
                        found.append(path)
                except OSError:
                    continue
    return found


def _of_report(path: str) -> "Counts | None":
    from xml.etree import ElementTree

    try:
        with open(path, "rb") as file:
            data = file.read(REPORT_BYTES)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            return None
        root = ElementTree.fromstring(data)  # noqa: S314 - no entities, capped
    except (OSError, ElementTree.ParseError, ValueError):
        return None
    passed = failed = errors = skipped = 0
    names = []
    for case in root.iter("testcase"):
        kinds = {child.tag for child in case}
        name = f"{case.get('classname', '')}.{case.get('name', '')}".strip(".")
        if "failure" in kinds or "error" in kinds:
            names.append(name)
        failed += "failure" in kinds
        errors += "error" in kinds and "failure" not in kinds
        skipped += "skipped" in kinds
        passed += not kinds & {"failure", "error", "skipped"}
    return Counts("junit-xml", passed, failed, errors, skipped, "tests", tuple(names[:MOST_NAMES]))


def said(counts: Counts) -> str:
    """One phrase: `20 passed, 1 failed, 2 skipped`, with the unit where it is not tests."""
    unit = "" if counts.unit == "tests" else f" {counts.unit}"
    parts = [f"{counts.passed}{unit} passed"]
    parts += [f"{n} {word}" for n, word in ((counts.failed, "failed"), (counts.errors, "errors"), (counts.skipped, "skipped")) if n]
    return ", ".join(parts)
