"""One edited file is read alone: only the changed lines speak, comments silence, and nothing breaks."""

import subprocess
from pathlib import Path

import pytest

from backend_agent.checks import edited

BAD = "def one(cursor, name):\n    cursor.execute(f\"select * from orders where name = '{name}'\")\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for call in (["init", "-q"], ["config", "user.email", "a@b"], ["config", "user.name", "n"]):
        subprocess.run(["git", *call], cwd=tmp_path, check=True)
    (tmp_path / "old.py").write_text(BAD)
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    subprocess.run(["git", "commit", "-qm", "first"], cwd=tmp_path, check=True)
    return tmp_path


def _lines(root: Path, path: str) -> list[int]:
    return [finding.line for finding in edited.findings(str(root), path)]


def test_a_new_file_speaks_whole(project: Path) -> None:
    (project / "new.py").write_text(BAD)
    assert _lines(project, "new.py") == [2]


def test_of_a_known_file_only_the_changed_lines_speak(project: Path) -> None:
    assert _lines(project, "old.py") == []
    (project / "old.py").write_text(BAD + "\n" + BAD.replace("one", "two"))
    assert _lines(project, "old.py") == [5]


def test_an_ignored_file_is_silent(project: Path) -> None:
    (project / "ignored.py").write_text(BAD)
    assert _lines(project, "ignored.py") == []


def test_without_git_the_file_speaks_whole(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text(BAD)
    assert _lines(tmp_path, "new.py") == [2]


def test_a_comment_with_a_reason_silences(project: Path) -> None:
    (project / "new.py").write_text(
        BAD.replace("    cursor", "    # backend-agent: ignore raw_sql the name comes from our own list\n    cursor")
    )
    assert _lines(project, "new.py") == []


@pytest.mark.parametrize("path", ["gone.py", "page.md", "folder.py"])
def test_what_is_no_code_gives_nothing(project: Path, path: str) -> None:
    (project / "folder.py").mkdir()
    (project / "page.md").write_text(BAD)
    assert _lines(project, path) == []
