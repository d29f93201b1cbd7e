"""What holds for every rule about the code; their cases are in `test_code_cases.py`."""

import pytest

from backend_agent import catalog
from backend_agent.facts import rules
from backend_agent.facts.source import SourceFile


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
