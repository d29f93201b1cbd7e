"""checklist.yaml: every item complete, checklist.md its twin, ids on the pages real."""

import os
import re

import pytest
import yaml
from skill_pages import ROOT, pages, text

from backend_agent.report.checklist_page import GROUPS, page

ITEMS = yaml.safe_load(text("resources/checklist.yaml"))
IDS = {item["id"] for item in ITEMS}
KINDS = {
    "webhooks",
    "always",
    "routes",
    "writes",
    "auth",
    "models",
    "migration",
    "queries",
    "concurrency",
    "money",
    "jobs",
    "external",
    "config",
    "tests",
}
COMMANDS = {"tests", "lint", "format", "types", "build", "migrations", "audit", "prove-tests"}
FACTS = {"routes", "guards", "migrations", "tests", "jobs", "models"}


def test_the_checklist_is_not_empty_and_no_id_is_used_twice():
    assert len(ITEMS) >= 45
    assert len(IDS) == len(ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_an_item_is_complete(item):
    assert set(item) == {"id", "title", "severity", "why", "source", "settle", "when", "read"}
    assert item["id"].split("-")[0] in GROUPS
    assert item["severity"] in {"error", "warning"}
    assert item["title"].endswith(".")
    assert set(item["when"]) <= KINDS
    assert os.path.isfile(os.path.join(ROOT, item["read"]))


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_an_item_is_settled_in_exactly_one_way(item):
    settle = item["settle"]

    assert len({"command", "check", "attest"} & set(settle)) == 1
    assert settle.get("command", "tests") in COMMANDS
    assert set(settle.get("facts", [])) <= FACTS
    assert "attest" not in settle or settle["attest"].endswith("?") or "?" in settle["attest"] or settle["attest"].endswith(".")


def test_the_page_is_written_from_the_catalog():
    assert text("resources/checklist.md") == page(ITEMS)


def test_no_page_names_an_id_that_does_not_exist():
    named = {found for name in pages() for found in re.findall(r"\b(?:API|ARC|DB|SEC|MIG|JOB|TST|OBS|CFG)-\d+\b", text(name))}

    assert named
    assert named <= IDS
