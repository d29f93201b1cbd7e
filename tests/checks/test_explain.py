"""Each check has its page, and what the page shows is what the check finds and leaves alone."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import cut_examples

from backend_agent import catalog
from backend_agent.checks import run
from backend_agent.errors import UserError
from backend_agent.report import explain
from backend_agent.verify import items

CHECKS, ITEMS = run.checks(), items.load()
PAGES = catalog.load("checks", "pages")


def test_the_pages_are_those_of_the_checks() -> None:
    assert set(PAGES) == {check.id for check in CHECKS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_page_says_all_of_it(check) -> None:
    page = explain.text(check.id, CHECKS, ITEMS)
    told = PAGES[check.id]

    heads = ["Why: ", "When it is fine: ", "What it sees: ", "What it cannot see: ", "Source: "]
    heads += ["Wrong:", "Right:"] if "language" in told else []
    assert [head for head in heads if head not in page] == []
    assert check.item in {item.id for item in ITEMS}


def test_the_examples_are_cut_from_the_tested_cases() -> None:
    with open(cut_examples.TARGET, encoding="utf-8") as file:
        assert file.read() == cut_examples.text()


def test_wrong_and_right_differ_in_few_lines() -> None:
    for name, example in catalog.load("checks", "examples").items():
        for pair in [example, *([example["second"]] if "second" in example else [])]:
            wrong, right = (set(pair[side].split("\n")) for side in ("wrong", "right"))

            assert wrong != right, name
            assert len(wrong ^ right) <= 24, name


ONE_LANGUAGE = {"missing_types", "several_heads", "drop_in_same_release"}
"""Checks of Python alone, and one whose example needs the model beside the migration."""


def test_the_older_checks_show_a_second_pair_in_another_language() -> None:
    examples = catalog.load("checks", "examples")
    second = {name: example["second"]["language"] for name, example in examples.items() if "second" in example}

    assert set(examples) - set(second) == ONE_LANGUAGE
    assert [name for name, language in second.items() if language == examples[name]["language"]] == []
    assert "Wrong, in Ruby:" in explain.text("constraint_not_valid", CHECKS, ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_an_item_has_a_page_with_the_pages_of_its_checks(item) -> None:
    page = explain.text(item.id.lower(), CHECKS, ITEMS)

    assert item.title in page
    assert [name for name in item.checks if name not in page] == []
    assert "Settled by" in page or item.checks


def test_every_check_that_an_item_names_exists() -> None:
    named = {name for item in ITEMS for name in item.checks}

    assert named - {check.id for check in CHECKS} == set()


def test_an_unknown_id_names_near_ones() -> None:
    with pytest.raises(UserError) as error:
        explain.text("object_without_owners", CHECKS, ITEMS)

    assert "object_without_owner" in error.value.hint


def test_all_lists_checks_and_items() -> None:
    page = explain.text("all", CHECKS, ITEMS)

    assert "SEC-3" in page
    assert "raw_sql" in page
