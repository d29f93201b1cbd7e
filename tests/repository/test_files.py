"""Files of the repository under inspection: hostile ones are a line of problems, never an exception, a hang or a way out."""

import os
import subprocess
import sys

import pytest

from backend_agent.repository import listing
from backend_agent.repository.files import Repository

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")


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
    assert listing.index_state(str(tmp_path))[0] == 4
    assert Repository(str(tmp_path), glance=True).paths == expected
    assert Repository(str(tmp_path)).paths == expected


KNOWN = """
import sys
sys.path.insert(0, sys.argv[1])
from backend_agent.repository import listing
from backend_agent.repository.files import Repository
listing.MANY = 2
repository = Repository(sys.argv[2], glance=True)
print(repository.paths, list(repository.index.matching(r"new.*[.]py$")), repository.index.named("c.py"))
print(repository._near, file=sys.stderr)
"""


def glanced(tmp_path, project):
    """What a glance of a new process sees, and whether git listed it."""
    call = [sys.executable, "-c", KNOWN, str(SCRIPTS), str(project)]
    environment = {**os.environ, "BACKEND_AGENT_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
    return done.stdout, done.stderr.strip() == "True"


@pytest.fixture
def large(tmp_path):
    project = tmp_path / "project"
    (project / "api").mkdir(parents=True)
    git(project, "init", "-q")
    for name in ("a.py", "b.py", "api/c.py", "api/new_d.py"):
        (project / name).write_text("")
    git(project, "add", "-A")
    return project


def test_a_second_glance_at_a_large_repository_sees_the_same_without_git(tmp_path, large):
    first, listed = glanced(tmp_path, large)
    assert listed
    assert glanced(tmp_path, large) == (first, False)
    (large / "api" / "new.py").write_text("")
    (large / "new").mkdir()
    (large / "new" / "c.py").write_text("")

    said, listed = glanced(tmp_path, large)
    assert not listed
    assert (
        said
        == "['a.py', 'api/c.py', 'api/new.py', 'api/new_d.py', 'b.py', 'new/c.py'] ['api/new.py', 'api/new_d.py', 'new/c.py'] ['api/c.py', 'new/c.py']\n"
    )


def test_another_index_is_listed_again(tmp_path, large):
    glanced(tmp_path, large)
    (large / "api" / "e.py").write_text("")
    git(large, "add", "-A")
    git(large, "rm", "-q", "-f", "a.py")

    said, listed = glanced(tmp_path, large)
    assert listed
    assert said.startswith("['api/c.py', 'api/e.py', 'api/new_d.py', 'b.py']")


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:-1], lambda data: data[:60], lambda data: data[:-5] + b"x" + data[-4:]]
)
def test_kept_paths_that_are_damaged_are_listed_again(tmp_path, large, damage):
    first, _listed = glanced(tmp_path, large)
    (kept,) = (tmp_path / "cache" / "index").iterdir()
    kept.write_bytes(damage(kept.read_bytes()))

    assert glanced(tmp_path, large) == (first, True)
    assert glanced(tmp_path, large) == (first, False)


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
