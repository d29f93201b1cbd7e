"""Every pattern of `catalog/shape` and of the owners finds its examples and leaves its near misses alone."""

import re

import pytest

from backend_agent import catalog

FILES = [("shape", name) for name in catalog.names("shape") if name != "languages"] + [("checks", "ownership")]
ENTRIES = [
    pytest.param(entry, id=f"{name}-{part}-{entry['id']}")
    for topic, name in FILES
    for part, entries in catalog.load(topic, name).items()
    for entry in entries
    if "matches" in entry
]


def test_there_are_catalogs_and_most_entries_have_examples() -> None:
    whole = sum(len(entries) for topic, name in FILES for entries in catalog.load(topic, name).values())

    assert len(ENTRIES) >= 100
    assert len(ENTRIES) >= whole * 0.85


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_pattern_matches_its_examples_and_no_near_miss(entry: "dict[str, object]") -> None:
    pattern = re.compile(str(entry["pattern"]).replace("{raw}", "RAW").replace("{var}", "var"), re.MULTILINE)

    assert [text for text in entry["matches"] if not pattern.search(text)] == []
    assert [text for text in entry["misses"] if pattern.search(text)] == []
