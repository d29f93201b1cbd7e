"""Functions, calls and signals of single files, and the catalogs behind them."""

import re

import pytest

from backend_agent import catalog
from backend_agent.facts import code
from backend_agent.facts.source import SourceFile

SIGNALS = catalog.load("code", "signals")
LANGUAGES = catalog.load("code", "languages")


def test_there_are_signals_to_walk():
    assert len(SIGNALS) > 10


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s["id"])
def test_a_signal_hits_its_own_examples_and_no_near_miss(signal):
    pattern = re.compile(signal["pattern"], re.MULTILINE)

    assert [line for line in signal["matches"] if not pattern.search(line)] == []
    assert [line for line in signal["misses"] if pattern.search(line)] == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_test_file_is_known_by_its_path_and_its_near_misses_are_not(language):
    entry = LANGUAGES[language]

    assert [path for path in entry["hit"] if not code.is_test(path, language)] == []
    assert [path for path in entry["miss"] if code.is_test(path, language)] == []


SOURCES = {
    "python": ("class A:\n    async def f(self):\n        self.x.y(1)\n", ["A.f", 2, 3, True], ["self.x.y", 3]),
    "typescript": ("export const g = async () => {\n  h.k(1);\n};\n", ["g", 1, 3, True], ["h.k", 2]),
    "go": ("package a\n\nfunc (s *Svc) F() {\n\ts.repo.Get()\n}\n", ["Svc.F", 3, 5, False], ["s.repo.Get", 4]),
    "rust": ("impl A {\n    fn f(&self) {\n        B::c();\n    }\n}\n", ["A.f", 2, 4, False], ["B::c", 3]),
    "java": ("class A {\n  int f() {\n    return this.s.y(1);\n  }\n}\n", ["A.f", 2, 4, False], ["this.s.y", 3]),
    "kotlin": ("class A {\n  suspend fun f() {\n    s.y()\n  }\n}\n", ["A.f", 2, 4, True], ["s.y", 3]),
    "csharp": ("class A {\n  int F() {\n    return _s.Y(1);\n  }\n}\n", ["A.F", 2, 4, False], ["_s.Y", 3]),
    "ruby": ("class A\n  def f\n    svc.y 1\n  end\nend\n", ["A.f", 2, 4, False], ["svc.y", 3]),
    "php": ("<?php\nclass A {\n  function f() {\n    $this->s->y();\n  }\n}\n", ["A.f", 3, 5, False], ["$this->s->y", 4]),
    "elixir": ("defmodule A do\n  def f(x) do\n    C.y(x)\n  end\nend\n", ["A.f", 2, 6, False], ["C.y", 3]),
}


@pytest.mark.parametrize("language", sorted(SOURCES))
def test_functions_and_calls_carry_their_lines(language):
    text, function, call = SOURCES[language]
    facts = code.extract(SourceFile(f"src/a.{language}", text, language))

    assert function in facts["functions"]
    assert call in facts["calls"]


def test_a_name_that_only_looks_like_a_setting_is_none():
    facts = code.extract(SourceFile("a.py", "environ = {}\nos.environ['REAL']\n", "python"))

    assert facts["env"] == [["REAL", 2]]


@pytest.mark.parametrize("text", ["", "(" * 5000, "a." * 20_000 + "b(", "\n" * 1000, "def f(:\n  )"])
def test_no_source_makes_an_exception(text):
    code.extract(SourceFile("a.py", text, "python"))


SETTINGS = (
    "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass Base(BaseSettings):\n"
    "    model_config = SettingsConfigDict(env_prefix='APP_')\n    database_url: str\n\n\nclass Settings(Base):\n    jwt_secret: str\n    port: int = 80\n\n\n"
    "class Other:\n    name: str\n"
)


def test_fields_of_settings_are_the_variables_that_they_read():
    found = code.extract(SourceFile("app/settings.py", SETTINGS, "python"))
    assert found["env"] == [["APP_DATABASE_URL", 6], ["JWT_SECRET", 10], ["PORT", 11]]


@pytest.mark.parametrize(("path", "expected"), [("config/config.go", ["DATABASE_URL"]), ("api/users.go", [])])
def test_names_that_a_helper_reads_count_where_settings_are_read(path, expected):
    found = code.extract(SourceFile(path, 'package a\n\nvar url = r.required("DATABASE_URL")\n', "go"))
    assert [name for name, _line in found["env"]] == expected
