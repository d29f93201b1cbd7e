"""Options of the whole suite; the running stacks come last, since they take longest."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

VARIANTS = Path(__file__).parent / "variants"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stack", action="append", default=[], metavar="NAME", help="of tests/variants only this stack; repeatable")
    parser.addoption("--variants", metavar="DIR", help="the folder of the stacks, where it is not variants/: a copy with a planted fault")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: VARIANTS in item.path.parents)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Seconds of each running stack: its set-up, which downloads and builds the first time, and its tests."""
    set_up: dict[str, float] = {}
    spent: dict[str, float] = defaultdict(float)
    for report in (one for reports in terminalreporter.stats.values() for one in reports if isinstance(one, pytest.TestReport)):
        set_up.update(dict(value for name, value in report.user_properties if name == "set-up"))
        stack = re.search(r"variants/test_\w+\.py::.*\[(\w+)[\]-]", report.nodeid)
        if stack:
            spent[stack[1]] += report.duration
    for stack, seconds in sorted(set_up.items()):
        terminalreporter.write_line(f"{stack}: set-up {seconds:.0f} s, all its tests {spent[stack]:.0f} s")
