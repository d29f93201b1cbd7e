"""Every rule about the code finds its bad cases and is silent on their safe twins."""

import os

import pytest

from backend_agent import catalog
from backend_agent.checks import code
from backend_agent.facts import rules
from backend_agent.facts.source import SourceFile, language_of

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")


def _cases(side: str) -> list[tuple[str, str]]:
    found = []
    for folder, _dirs, files in os.walk(HERE):
        if os.path.basename(folder) == side:
            check = os.path.relpath(folder, HERE).split(os.sep)[0]
            found += [(check, os.path.join(folder, name)) for name in sorted(files)]
    return sorted(found)


def _rules_in(text: str, path: str) -> list[str]:
    source = SourceFile(os.path.basename(path), text, language_of(path) or "")
    assert rules.wants(source.path, source.language, text) or "safe" in path
    return [row[0] for row in rules.extract(source)]


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _params(side: str) -> list[object]:
    return [pytest.param(check, path, id=os.path.relpath(path, HERE).replace(os.sep, "/")) for check, path in _cases(side)]


@pytest.mark.parametrize(("check", "path"), _params("bad"))
def test_a_bad_case_is_found(check: str, path: str) -> None:
    assert check in _rules_in(_read(path), path)


@pytest.mark.parametrize(("check", "path"), _params("safe"))
def test_a_safe_twin_is_silent(check: str, path: str) -> None:
    assert check not in _rules_in(_read(path), path)


def test_every_check_has_three_bad_and_three_safe_cases() -> None:
    for check in code.CHECKS:
        for side in ("bad", "safe"):
            assert sum(name == check.id for name, _path in _cases(side)) >= 3, (check.id, side)


def test_every_language_has_a_catalog_with_all_parts() -> None:
    for name in set(rules.TABLES.values()):
        table = catalog.load("rules", name)
        assert {"kinds", "sql", "secrets", "blocking", "loops", "hashes", "jwt"} <= set(table), name


def test_tests_and_migrations_are_left_alone() -> None:
    text = 'def f(cur, x):\n    cur.execute(f"SELECT 1 FROM t WHERE id = {x}")\n'
    assert rules.extract(SourceFile("tests/test_orders.py", text, "python")) == []
    assert rules.extract(SourceFile("app/migrations/0001_x.py", text, "python")) == []
    assert rules.extract(SourceFile("app/orders.py", text, "python")) == [["raw_sql", 2, 2, "execute"]]


@pytest.mark.parametrize(
    "text", ["", "q = q\nq = q + q\nexecute(q)", "x = (" * 200, 'cur.execute(f"SELECT {', "a.execute(a.execute)", "\x00 select"]
)
def test_hostile_text_gives_no_error(text: str) -> None:
    assert isinstance(rules.extract(SourceFile("a.py", text, "python")), list)
