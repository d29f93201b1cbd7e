"""Options of the whole suite; the running stacks come last, since they take longest."""

from pathlib import Path

import pytest

VARIANTS = Path(__file__).parent / "variants"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stack", action="append", default=[], metavar="NAME", help="of tests/variants only this stack; repeatable")
    parser.addoption("--variants", metavar="DIR", help="the folder of the stacks, where it is not variants/: a copy with a planted fault")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: VARIANTS in item.path.parents)
