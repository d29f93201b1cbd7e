"""Every rule about the code finds each bad statement of `cases/<check>/<language>.yaml` and is silent on its safe twins; what it doubts is a question."""

import os
from typing import Any

import pytest
import yaml

from backend_agent.checks import code
from backend_agent.facts import rules
from backend_agent.facts.source import SourceFile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
ENDINGS = {
    "python": "py", "javascript": "js", "typescript": "ts", "java": "java", "go": "go", "csharp": "cs", "php": "php", "ruby": "rb",
    "kotlin": "kt", "rust": "rs", "scala": "scala",
}  # fmt: skip


def _cases(side: str) -> list[tuple[str, str, str, str]]:
    """(check, language, name, text) of every case."""
    found = []
    for check in sorted(os.listdir(HERE)):
        folder = os.path.join(HERE, check)
        for name in sorted(n for n in os.listdir(folder) if n.endswith(".yaml")):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                for subject, sides in yaml.safe_load(file).items():
                    texts = sides.get(side, []) if side == "doubted" else sides[side]
                    found += [(check, name[:-5], f"{subject}-{number}", text) for number, text in enumerate(texts, 1)]
    return found


def _found(check: str, language: str, text: str) -> "set[bool]":
    """Whether each finding of the check is doubted."""
    source = SourceFile(f"app/orders.{ENDINGS[language]}", text, language)
    rows = rules.extract(source) if rules.wants(source.path, language, text) else []
    return {bool(finding.doubt) for finding in code.findings(source.path, rows) if finding.check == check}


def _params(side: str) -> list[Any]:
    return [pytest.param(c, lang, text, id=f"{c}-{lang}-{name}") for c, lang, name, text in _cases(side)]


@pytest.mark.parametrize(("check", "language", "text"), _params("bad"))
def test_a_bad_statement_is_found(check: str, language: str, text: str) -> None:
    assert False in _found(check, language, text)


@pytest.mark.parametrize(("check", "language", "text"), _params("safe"))
def test_a_safe_statement_is_silent(check: str, language: str, text: str) -> None:
    assert _found(check, language, text) == set()


@pytest.mark.parametrize(("check", "language", "text"), [case for case in _params("doubted") if case.values[0] != "query_in_loop"])
def test_a_doubted_statement_is_a_question(check: str, language: str, text: str) -> None:
    """Loops are judged with their project, in test_rounds.py."""
    assert _found(check, language, text) == {True}


def test_every_subject_has_three_bad_and_three_safe_cases() -> None:
    for check in code.CHECKS:
        for side in ("bad", "safe"):
            assert sum(case[0] == check.id for case in _cases(side)) >= 3, (check.id, side)
