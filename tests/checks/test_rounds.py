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


@pytest.mark.parametrize("path", ["db/data_migration/20260101_sums.rb", "db/data/20260101_sums.rb"])
def test_a_script_that_runs_once_is_a_question(tmp_path: Path, path: str) -> None:
    text = "ids.map { |id| User.find(id) }\n"

    assert found(tmp_path, code, {"app/services/sums.rb": text}, "query_in_loop")
    assert found(tmp_path / "once", code, {path: text}, "query_in_loop") == []
    assert found(tmp_path / "once", code, {path: text}, "query_in_loop", doubted=True)


def test_a_secret_of_a_client_for_tests_is_a_question(tmp_path: Path) -> None:
    text = 'public static class Client { public const string ClientSecret = "Tr0ub4dor-kq83hs"; }\n'

    assert found(tmp_path, code, {"src/Shop/ClientConfiguration.cs": text}, "hardcoded_secret")
    assert found(tmp_path / "trial", code, {"src/Shop/TestClientConfiguration.cs": text}, "hardcoded_secret") == []
    assert found(tmp_path / "trial", code, {"src/Shop/TestClientConfiguration.cs": text}, "hardcoded_secret", doubted=True)
