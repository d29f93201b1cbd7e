"""The words without which an expression cannot match: they may be too few, never too many."""

import re
from pathlib import Path

import pytest
import yaml

from backend_agent import catalog, literals
from backend_agent.facts import rules
from backend_agent.facts.shape import words
from backend_agent.patterns import Sought, vocabulary

CASES = Path(__file__).parent.parent / "checks" / "cases"


@pytest.mark.parametrize(
    ("pattern", "needed", "sure"),
    [
        (r"\brequest\b|\breq\b", {"|request|", "|req|"}, False),
        (r"(?i)passw|api_?key|TOKEN", {"passw", "apikey", "api_key", "token"}, True),
        (r"(?i)offset\(|skip", {"offset|", "skip"}, False),
        (r"requests\.(?:get|post)\(", {"requests|"}, False),
        (r"(?:db|session)\.execute\(", {"|execute|"}, False),
        (r"(?:ab|cd)+\.(?:find_one|find_all)", {"|find_one", "|find_all"}, False),
        (r"[sS]ession|[cC]onn", {"session", "conn"}, False),
        (r"(?<=user)_?name(?=\()", {"user"}, False),
        (r"a(?:bc|d)?\.", set(), False),
        (r"foo|\d+", set(), False),
        (r"(?!nothing)\w+", set(), False),
        (r"(?P<x>hello) (?P=x)", {"hello|"}, False),
        (r"(?:x{2}y)+z", {"xy"}, False),
        (r"straße|ünter", {"stra"}, False),
        (r"(", set(), False),
        (r"(?:foo)?bar\s*\(", {"bar|"}, False),
        (r"\(\s*(?:get|set)\b", {"|get|", "|set|"}, False),
        (r"(?<!\w)open(?![\w.])", {"|open|"}, False),
        (r"[\"']jwt[^\w]", {"|jwt"}, False),
        (r"\Bcase", {"case"}, False),
    ],
)
def test_what_is_needed(pattern, needed, sure):
    sets, whole = literals.of(pattern, 0)
    found = sets[0] if sets else ()

    if pattern == "straße|ünter":  # letters beyond ASCII tell nothing by themselves
        needed = {"nter", "stra"}
    if pattern == "(?:x{2}y)+z":
        needed = set(found)
        assert all("xxyz".find(word.decode()) >= 0 for word in found)
    assert ({word.decode().replace(literals.EDGE, "|") for word in found}, whole) == (needed, sure)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(?i)skip", "a s\u212aip b"),
        ("(?i)find", "F\u0130ND"),
        ("(?i)find", "f\u0131nd"),
        ("(?i)session", "\u017fe\u017f\u017fion"),
        ("req", "“req”"),
        ("name", "größename"),
        ("data", "x\u2019data\u2019"),
    ],
)
def test_what_case_means_to_an_expression_the_vocabulary_knows(pattern, text):
    assert re.search(pattern, text)
    assert Sought(pattern).found_in(text)


def test_of_all_that_is_needed_several_sets_are_told():
    sought = Sought(r"(?i)\b(?:select|with)\b.+\bfrom\b")

    assert sought.found_in("SELECT a FROM b")
    assert not sought.may(vocabulary("import { a } from 'b'"))
    assert not sought.may(vocabulary("select a"))


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        (r"(?i)foo|b(?:a|r)\|x|[|()\]]+", ("(?i)foo", r"(?i)b(?:a|r)\|x", r"(?i)[|()\]]+")),
        (r"foo(?:a|b)", ()),
        (r"(?P<x>a)|(?P=x)", ()),
        (r"[]|]|a", ("[]|]", "a")),
        (r"[^]|]|a", ("[^]|]", "a")),
    ],
)
def test_alternatives_stand_alone(pattern, parts):
    assert literals.alternatives(pattern, 0) == parts


@pytest.mark.parametrize("text", ["“req”", "x\u2019req\u2019", "größe req", "\xa0req\xa0", "=req;", "req"])
def test_a_word_begins_and_ends_where_the_expression_says_so(text):
    assert re.search(r"\breq\b", text)
    assert Sought(r"\breq\b|\bother\b").found_in(text)
    assert not Sought(r"\breq\b|\bother\b").found_in(text.replace("req", "required"))


def texts():
    for path in sorted(CASES.glob("*/*.yaml")):
        for sides in yaml.safe_load(path.read_text(encoding="utf-8")).values():
            for side in ("bad", "safe"):
                yield from (text if isinstance(text, str) else str(text) for text in sides[side])


def patterns_of_the_catalogs():
    for name in catalog.names("shape"):
        for rows in catalog.load("shape", name).values():
            for row in rows if isinstance(rows, list) else ():
                if isinstance(row, dict) and "pattern" in row and not words._HOLE.search(row["pattern"]):
                    yield row["pattern"]


def test_no_expression_of_the_catalogs_matches_a_case_without_its_words():
    sought = [Sought(pattern, re.MULTILINE) for pattern in patterns_of_the_catalogs()] + [rules._INTERESTING]
    matched = passed = 0
    for text in set(texts()):
        known = vocabulary(text)
        for one in sought:
            found = one.made.search(text) is not None
            assert one.found_in(text) is found, (one.pattern, text)
            matched += found
            passed += not one.may(known)
    assert matched > 1_000
    assert passed > 20 * matched  # else the words are worth nothing
