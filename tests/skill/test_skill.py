"""SKILL.md: what clients and validators accept, and what the budget allows."""

import re

import pytest
import yaml
from skill_pages import ORDINARY, SMALL, blocks, frontmatter_and_body, pages, text

KEYS = {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}
TRIGGERS = yaml.safe_load(text("tests/skill/triggers.yaml"))


def test_the_frontmatter_has_only_the_six_keys_as_flat_strings():
    head = yaml.safe_load(frontmatter_and_body()[0])

    assert set(head) <= KEYS
    assert all(isinstance(value, str) for value in head.values())
    assert head["name"] == "backend-agent"


def test_the_description_is_short_and_says_when_and_when_not():
    description = yaml.safe_load(frontmatter_and_body()[0])["description"]

    assert 250 <= len(description) <= 400
    assert "Use when" in description
    assert "Not for" in description
    assert not set("<>") & set(description)


def test_the_body_is_within_its_budget_and_injects_nothing():
    body = frontmatter_and_body()[1]

    assert len(body) <= 8000
    assert not re.search(r"!`", body)
    assert not re.search(r"\$\d|\$ARGUMENTS|\$CLAUDE", body)


def test_the_core_rules_and_the_short_list_stand_in_the_body_for_those_who_have_only_it():
    body = frontmatter_and_body()[1]

    assert len(re.findall(r"^\| [A-Z]{2,3}-\d", body, flags=re.MULTILINE)) == 13
    assert "Only this file here?" in body
    assert "Short list" in body


@pytest.mark.parametrize("case", TRIGGERS["fires"], ids=lambda case: case["prompt"])
def test_the_description_has_the_words_people_type(case):
    description = yaml.safe_load(frontmatter_and_body()[0])["description"].lower()

    assert any(word in case["prompt"].lower() and word in description for word in case["words"])


@pytest.mark.parametrize("case", TRIGGERS["silent"], ids=lambda case: case["prompt"])
def test_near_misses_share_no_trigger_word_and_are_excluded_by_name(case):
    description = yaml.safe_load(frontmatter_and_body()[0])["description"].lower()
    wanted, unwanted = description.split("not for")
    words = set(re.findall(r"[a-z+0-9]{4,}", case["prompt"].lower()))

    assert not words & set(re.findall(r"[a-z+0-9]{4,}", wanted))
    assert case["excluded"] in unwanted


@pytest.mark.parametrize(("what", "limit"), [(SMALL, 14_000), (ORDINARY, 26_000)], ids=["small", "ordinary"])
def test_what_a_task_loads_stays_within_its_budget(what, limit):
    assert sum(len(text(page)) for page in what) <= limit


@pytest.mark.parametrize("page", [page for page in pages() if page != "resources/checklist.md"])
def test_python_blocks_compile(page):
    for block in blocks(page, "python"):
        compile(block, page, "exec")
