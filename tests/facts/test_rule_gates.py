"""The gates before the rules let through every file in which a rule finds something, and hold back what has nothing."""

import glob
import os
from pathlib import Path

import pytest
import yaml

from backend_agent.facts import rules
from backend_agent.facts.rules import gates
from backend_agent.facts.source import SourceFile

CASES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "checks", "cases")
ENDINGS = {
    "python": "py", "javascript": "js", "typescript": "ts", "java": "java", "go": "go", "csharp": "cs", "php": "php", "ruby": "rb",
    "kotlin": "kt", "rust": "rs", "scala": "scala",
}  # fmt: skip
GATES = ("hashes", "plain_passwords", "tokens", "blocking", "secrets", "sql", "loops")


def _texts() -> "list[tuple[str, str]]":
    """(language, text) of every case of one file."""
    found = []
    for path in sorted(glob.glob(os.path.join(CASES, "*", "*.yaml"))):
        language = Path(path).stem
        for sides in yaml.safe_load(Path(path).read_text(encoding="utf-8")).values() if language in ENDINGS else ():
            found += [(language, text) for texts in sides.values() for text in texts if isinstance(text, str)]
    return found


def _found(language: str, text: str) -> "list[list[object]]":
    return rules.extract(SourceFile(f"app/services/part.{ENDINGS[language]}", text, language))


@pytest.mark.parametrize("language", sorted(ENDINGS))
def test_a_gate_holds_back_nothing_that_a_rule_finds(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [text for other, text in _texts() if other == language]
    gated = [_found(language, text) for text in texts]
    for name in (*GATES, "asks_for_password"):
        monkeypatch.setattr(gates.Gate if name in GATES else gates, name, lambda *_given: True)
    assert [text for text, rows in zip(texts, gated, strict=True) if rows != _found(language, text)] == []
    assert any(gated)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("php", "<?php\nreturn [\n    'select' => 'Select a page from the list',\n    'deleted' => 'The book is deleted',\n];\n"),
        ("python", "def title(page):\n    return page.name.strip().lower()\n"),
        ("typescript", "export const Button = ({ label }: Props) => <button onClick={() => console.log(1)}>{label}</button>;\n"),
        ("go", 'package a\n\nfunc Names(rows []Row) (names []string) {\n\tfor _, r := range rows {\n\t\tnames = append(names, r.Name)\n\t}\n\treturn\n}\n'),
    ],
)  # fmt: skip
def test_a_file_without_anything_is_not_walked(language: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def walked(*_given: object) -> None:
        raise AssertionError("the tree was walked")

    monkeypatch.setattr(rules, "Reading", walked)
    assert _found(language, text) == []
