"""Facts that are kept: the same with and without them, whatever happened to their file."""

import io
import os
import sys
from types import SimpleNamespace

import pytest

from backend_agent import cache
from backend_agent.facts import collect, rules, shape, store
from backend_agent.repository.files import Repository

FILES = {
    "app/a.py": "import requests\n\n\ndef a(session, name):\n    session.execute(f\"SELECT * FROM t WHERE n = '{name}'\")\n    requests.get('x')\n",
    "app/b.py": "def b(session, ids):\n    for one in ids:\n        session.get(Order, one)\n",
    "app/c.py": "x = 1\n",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "project"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def collected(root, paths=None):
    store._loaded.clear()  # as a new process
    return collect.collect(Repository(str(root)), [rules, shape], paths)


def kept(tmp_path):
    return sorted((tmp_path / "cache" / "facts").iterdir())


def test_a_second_run_reads_no_source(project, monkeypatch):
    first = collected(project)
    monkeypatch.setattr(collect, "_extract_batch", lambda topics, work: ([], []) if not work else pytest.fail("read again"))

    assert collected(project) == first
    assert [row[0] for row in first["rules"]["app/a.py"]] == ["raw_sql"]


def test_only_what_changed_is_read_again(project, monkeypatch):
    collected(project)
    read = []
    plain = collect._extract_batch
    monkeypatch.setattr(collect, "_extract_batch", lambda topics, work: read.extend(w[0] for w in work) or plain(topics, work))
    (project / "app/c.py").write_text(FILES["app/b.py"] + "# more\n")
    (project / "app/b.py").unlink()
    second = collected(project)

    assert read == ["app/c.py"]
    assert set(second["rules"]) == {"app/a.py", "app/c.py"}


def test_a_run_over_some_files_keeps_what_is_known_of_the_others(project, monkeypatch):
    whole = collected(project)
    (project / "app/c.py").write_text("y = 2\n")
    some = collected(project, ["app/c.py"])
    monkeypatch.setattr(collect, "_extract_batch", lambda topics, work: ([], []) if not work else pytest.fail("read again"))

    assert set(some["rules"]) <= {"app/c.py"}
    assert collected(project)["rules"]["app/a.py"] == whole["rules"]["app/a.py"]


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: data[:-1], lambda data: data[:40], lambda data: data[:-9] + b"x" + data[-8:], lambda data: b"{}"],
    ids=range(5),
)
def test_a_damaged_file_is_as_good_as_none(project, tmp_path, damage):
    first = collected(project)
    for path in kept(tmp_path):
        path.write_bytes(damage(path.read_bytes()))

    assert collected(project) == first


def test_what_other_versions_kept_goes(project, tmp_path, monkeypatch):
    collected(project)
    before = kept(tmp_path)
    monkeypatch.setattr(cache, "code_stamp", lambda: "other")
    collected(project)
    after = kept(tmp_path)

    assert len(after) == len(before)
    assert not set(before) & set(after)


@pytest.mark.parametrize(("module", "bound", "most"), [(store, "MOST_BYTES", 3500), (cache, "MOST_FILES", 4)])
def test_the_oldest_facts_go_where_all_are_too_many(project, tmp_path, monkeypatch, module, bound, most):
    folder = tmp_path / "cache" / "facts"
    folder.mkdir(parents=True)
    for number in range(4):
        (folder / f"other{number}-rules-1-x.bin").write_bytes(b"x" * 1000)
        os.utime(folder / f"other{number}-rules-1-x.bin", (number, number))
    monkeypatch.setattr(module, bound, most)
    collected(project)

    names = {path.name for path in kept(tmp_path)}
    assert "other0-rules-1-x.bin" not in names
    assert len(names) >= 2


def test_odd_kinds_of_facts_are_kept_as_json_would(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path))
    topic = SimpleNamespace(NAME="odd", VERSION=1)
    one = store.load("/x", topic)
    one.put("a", "s", [os.terminal_size((1, 2))])
    one.save()

    store._loaded.clear()
    assert store.load("/x", topic).get("a", "s") == ([[1, 2]],)
    assert store.load("/x", topic).get("a", "t") is None


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("screen", [Terminal, io.StringIO])
def test_a_long_reading_tells_on_a_terminal_how_far_it_is(project, monkeypatch, screen):
    monkeypatch.setattr(collect, "PARALLEL_FROM", 2)
    monkeypatch.setattr(collect, "TELL_AFTER", -1.0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "stderr", screen())
    said = collected(project) and sys.stderr.getvalue()

    assert [row[0] for row in collected(project)["rules"]["app/a.py"]] == ["raw_sql"]
    if screen is io.StringIO or sys.platform == "win32":
        assert not said
    else:
        assert "100 % of 3 source files are read" in said
        assert said.endswith("\r")
