"""A query in a loop is a finding where the evidence is whole; where one fact would make it fine and was not seen, it is a question."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import found
from test_code_cases import ENDINGS, _cases

from backend_agent.checks import code


def _params(check: str, side: str) -> list[Any]:
    return [pytest.param(lang, text, id=f"{lang}-{name}") for c, lang, name, text in _cases(side) if c == check]


@pytest.mark.parametrize("check", ["query_in_loop", "blocking_async"])
def test_every_check_has_bad_statements(check: str) -> None:
    assert _params(check, "bad")


@pytest.mark.parametrize(("language", "text"), _params("query_in_loop", "bad"))
def test_a_bad_loop_leaves_nothing_open(tmp_path: Path, language: str, text: str) -> None:
    files = {f"app/orders.{ENDINGS[language]}": text}

    assert found(tmp_path, code, files, "query_in_loop")


@pytest.mark.parametrize(("language", "text"), _params("query_in_loop", "doubted"))
def test_what_a_loop_leaves_open_is_a_question(tmp_path: Path, language: str, text: str) -> None:
    files = {f"app/orders.{ENDINGS[language]}": text}

    assert found(tmp_path, code, files, "query_in_loop") == []
    assert found(tmp_path, code, files, "query_in_loop", doubted=True)
