"""Which tests a change touches: those whose own lines it changes, not their neighbours."""

from pathlib import Path

import pytest

from backend_agent.repository.changes import Change, Changed
from backend_agent.repository.files import Repository
from backend_agent.verify.prove import changed_tests

PYTHON = "def test_old():\n    assert old()\n\n\n@pytest.mark.slow\n# why\ndef test_new():\n    assert new()\n"
GO = "func TestOld(t *testing.T) {\n\told()\n}\n\n// TestNew holds.\nfunc TestNew(t *testing.T) {\n\tfresh()\n}\n"


def touched(path: Path, name: str, text: str, lines: "tuple[tuple[int, int], ...]") -> list[str]:
    (path / name).write_text(text)
    change = Change({name: Changed(name, "modified", lines)})
    return [test.name for test in changed_tests(Repository(str(path)), change)]


@pytest.mark.parametrize(("name", "text", "added"), [("test_a.py", PYTHON, (3, 8)), ("a_test.go", GO, (4, 8))])
def test_a_test_that_is_added_below_another_leaves_that_one_untouched(tmp_path: Path, name: str, text: str, added: tuple[int, int]) -> None:
    assert [one.lower().replace("_", "") for one in touched(tmp_path, name, text, (added,))] == ["testnew"]


def test_a_changed_decorator_touches_the_test_below_it(tmp_path: Path) -> None:
    assert touched(tmp_path, "test_a.py", PYTHON, ((5, 5),)) == ["test_new"]


def test_a_changed_body_touches_its_own_test(tmp_path: Path) -> None:
    assert touched(tmp_path, "test_a.py", PYTHON, ((2, 2),)) == ["test_old"]
