"""Files of the repository under inspection: hostile ones are a line of problems, never an exception, a hang or a way out."""

import os
import subprocess
import sys

import pytest

from backend_agent.repository import listing
from backend_agent.repository.files import Repository


def test_paths_are_sorted_and_relative_with_forward_slashes(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.py").write_text("x")
    (tmp_path / "a.py").write_text("x")

    assert Repository(str(tmp_path)).paths == ["a.py", "b/c.py"]


def test_folders_that_hold_no_sources_are_not_listed(tmp_path):
    for folder in ("node_modules", ".venv", "__pycache__"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text("x")

    assert Repository(str(tmp_path)).paths == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"\0" * 100, "binary"), (b"a" * 1_000_001, "longer than"), (b"\xff\xfe" + "hi".encode("utf-16-le"), None), (b"\xc3\x28", None)],
    ids=["binary", "huge", "utf-16", "invalid utf-8"],
)
def test_what_cannot_be_read_is_named(tmp_path, data, reason):
    (tmp_path / "a.py").write_bytes(data)
    repository = Repository(str(tmp_path))
    text = repository.read("a.py")

    assert isinstance(text, str)
    assert [p.reason for p in repository.problems if reason and reason in p.reason] == [p.reason for p in repository.problems]
    assert bool(repository.problems) == bool(reason)


@pytest.mark.skipif(sys.platform == "win32", reason="no FIFOs and no cheap links on Windows")
def test_a_fifo_does_not_block_and_a_link_does_not_lead_out(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path.parent / "secret.txt").write_text("secret")
    (tmp_path / "out.py").symlink_to(tmp_path.parent / "secret.txt")
    (tmp_path / "loop").symlink_to(tmp_path)
    repository = Repository(str(tmp_path))

    assert (repository.read("pipe.py"), repository.read("out.py")) == ("", "")
    assert len(repository.problems) == 2


def test_a_missing_file_is_a_problem_and_not_an_exception(tmp_path):
    repository = Repository(str(tmp_path))

    assert repository.read("nowhere.py") == ""
    assert len(repository.problems) == 1


def test_reads_and_bytes_are_counted_once_per_file(tmp_path):
    (tmp_path / "a.py").write_text("12345")
    repository = Repository(str(tmp_path))
    repository.read("a.py")
    repository.read("a.py")

    assert (repository.reads, repository.bytes_read) == (1, 5)


def git(folder, *words):
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def test_git_lists_what_is_tracked_and_what_is_new_and_not_what_is_ignored(tmp_path):
    git(tmp_path, "init", "-q")
    for name, text in {"a.py": "", ".gitignore": "out/\n", "out/b.py": "", "new/c.py": "", "node_modules/d.js": "", "é ß.py": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "add", "a.py", ".gitignore", "-f", "node_modules/d.js")

    assert Repository(str(tmp_path)).paths == [".gitignore", "a.py", "new/c.py", "é ß.py"]


def test_a_glance_at_a_large_repository_still_sees_what_is_new_near_the_root(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "MANY", 2)
    git(tmp_path, "init", "-q")
    (tmp_path / "api").mkdir()
    for name in ("a.py", "b.py", "api/c.py"):
        (tmp_path / name).write_text("")
    (tmp_path / ".gitignore").write_text("*.log\n")
    git(tmp_path, "add", "-A")
    for name in ("api/new.py", "services/pay/main.py", "x.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    expected = [".gitignore", "a.py", "api/c.py", "api/new.py", "b.py", "services/pay/main.py"]
    assert listing.tracked(str(tmp_path)) == 4
    assert Repository(str(tmp_path), glance=True).paths == expected
    assert Repository(str(tmp_path)).paths == expected


def test_a_list_that_nobody_asks_for_leaves_nothing_behind(tmp_path):
    git(tmp_path, "init", "-q")
    for _ in range(50):
        Repository(str(tmp_path))

    assert Repository(str(tmp_path)).paths == []


def test_a_folder_that_only_looks_like_gits_is_walked(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "index").write_bytes(b"DIRC")
    (tmp_path / "a.py").write_text("")

    assert Repository(str(tmp_path), glance=True).paths == ["a.py"]
