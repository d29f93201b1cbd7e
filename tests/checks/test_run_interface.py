import subprocess
from types import SimpleNamespace

import pytest

from backend_agent.checks import inline, run
from backend_agent.checks.finding import Check, Finding, fingerprint
from backend_agent.facts import rules
from backend_agent.repository import changes
from backend_agent.repository.files import Repository

CHECK = Check("todo", "DB-1", "No TODO", languages=("python",))


def says(*findings: Finding, check: Check = CHECK, **more):
    return SimpleNamespace(CHECKS=(check,), run=lambda context: list(findings), **more)


def finding(path: str = "a.py", line: int = 2, **more) -> Finding:
    return Finding("todo", "DB-1", "error", path, line, line, "a TODO", **more)


@pytest.fixture
def only(monkeypatch):
    """Put fake check modules in the place of the real ones."""
    return lambda *modules: monkeypatch.setattr(run, "modules", lambda: list(modules))


def context(tmp_path, files: "dict[str, str]", **options) -> run.Context:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return run.Context(Repository(str(tmp_path)), **options)


def test_a_finding_is_reported_and_its_check_ran(tmp_path, only):
    only(says(finding()))
    outcome = run.outcome(context(tmp_path, {"a.py": "x\ny\n"}))

    assert [(f.path, f.line) for f in outcome.findings] == [("a.py", 2)]
    assert outcome.ran == ("todo",)


def test_a_doubted_finding_is_a_question_unless_the_project_wants_it_told(tmp_path, only):
    only(says(finding(doubt="whether it is on the plan"), finding(line=1)))
    outcome = run.outcome(context(tmp_path, {"a.py": "x\ny\n"}))
    wanted = run.outcome(context(tmp_path, {"a.py": "x\ny\n"}, settings=run.Settings({"todo": "warning"})))

    assert [(f.line, f.severity) for f in outcome.findings] == [(1, "error")]
    assert [(f.line, f.severity, f.doubt) for f in outcome.questions] == [(2, "question", "whether it is on the plan")]
    assert len(outcome.question_fingerprints) == 1
    assert [(f.line, f.severity) for f in wanted.findings] == [(1, "warning"), (2, "warning")]
    assert not wanted.questions


def test_a_place_that_is_found_is_no_question_as_well(tmp_path, only):
    only(says(finding(doubt="whether it is on the plan"), finding()._replace(message="a TODO for sure")))
    outcome = run.outcome(context(tmp_path, {"a.py": "x\ny\n"}))

    assert [f.message for f in outcome.findings] == ["a TODO for sure"]
    assert outcome.questions == ()


def test_questions_can_be_ignored_and_put_in_a_baseline(tmp_path, only):
    only(says(finding(doubt="whether it is on the plan")))
    asked = run.outcome(context(tmp_path, {"a.py": "x\ny\n"}))

    assert run.outcome(context(tmp_path, {"a.py": "x\ny\n"}), frozenset(asked.question_fingerprints)).questions == ()
    assert run.outcome(context(tmp_path, {"a.py": "x\ny  # backend-agent: ignore todo on the plan\n"})).questions == ()


def test_a_check_without_a_rule_for_the_language_says_so_and_does_not_pass(tmp_path, only):
    only(says())
    outcome = run.outcome(context(tmp_path, {"a.go": "package a\n"}))

    assert outcome.ran == ()
    assert ("todo", "no rule for go") in outcome.gaps


def test_a_check_that_breaks_is_a_gap_and_does_not_end_the_others(tmp_path, only, monkeypatch):
    monkeypatch.delenv("BACKEND_AGENT_DEBUG", raising=False)

    def broken(context):
        raise ValueError("no")

    other = Check("other", "DB-2", "x", languages=("python",))
    only(SimpleNamespace(CHECKS=(CHECK,), run=broken), says(finding()._replace(check="other"), check=other))
    outcome = run.outcome(context(tmp_path, {"a.py": "x\ny\n"}))

    assert outcome.ran == ("other",)
    assert [f.check for f in outcome.findings] == ["other"]
    assert any("the check broke" in reason for _check, reason in outcome.gaps)


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ("x\ny  # backend-agent: ignore todo it is on the plan\n", True),
        ("# backend-agent: ignore DB-1 it is on the plan\ny\n", True),
        ("x\ny  # backend-agent: ignore todo\n", False),
        ("x\ny  # backend-agent: ignore other it is on the plan\n", False),
        ("x = 1  # backend-agent: ignore todo on a line of its own code\ny\n", False),
    ],
)
def test_an_inline_ignore_needs_the_id_the_place_and_a_reason(tmp_path, only, text, silent):
    only(says(finding()))
    outcome = run.outcome(context(tmp_path, {"a.py": text}))

    assert (len(outcome.silenced), len(outcome.findings)) == ((1, 0) if silent else (0, 1))


def test_an_ignore_without_a_reason_is_told(tmp_path, only):
    only(says())
    outcome = run.outcome(context(tmp_path, {"a.py": "x  # backend-agent: ignore todo\n"}))

    assert "a.py:1" in outcome.notes[0]


@pytest.mark.parametrize("mark", ["# {}", "// {}", "-- {}", "/* {} */", "<!-- {} -->"])
def test_ignores_are_read_in_every_comment_style(mark):
    found = inline.ignores(mark.format("backend-agent: ignore SEC-1, DB-2 for a reason"))

    assert [(i.ids, i.reason) for i in found] == [(("SEC-1", "DB-2"), "for a reason")]


def test_a_baseline_hides_a_moved_finding_but_not_a_second_equal_one(tmp_path, only):
    only(says(finding(line=1)))
    known = frozenset(run.outcome(context(tmp_path, {"a.py": "TODO\n"})).fingerprints)

    only(says(finding(line=2), finding(line=3)))
    outcome = run.outcome(context(tmp_path, {"a.py": "x\nTODO\nTODO\n"}), known)

    assert [f.line for f in outcome.findings] == [3]
    assert [s.by for s in outcome.silenced] == ["baseline"]


def test_a_fingerprint_does_not_depend_on_the_line():
    assert fingerprint(finding(line=2), " TODO ") == fingerprint(finding(line=9), "TODO")
    assert fingerprint(finding(), "TODO") != fingerprint(finding(), "DONE")


def test_a_manifest_sets_severities_and_ignores_with_a_reason(tmp_path, only):
    only(says(finding()))
    settings = run.Settings({"todo": "warning"})
    assert [f.severity for f in run.outcome(context(tmp_path, {"a.py": "x\ny\n"}, settings=settings)).findings] == ["warning"]

    settings = run.Settings({}, (run.Ignored("DB-1", "a.*", "agreed", "stack.yaml"),))
    assert [s.reason for s in run.outcome(context(tmp_path, {"a.py": "x\ny\n"}, settings=settings)).silenced] == ["agreed"]


def git(root, *arguments: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def test_findings_outside_the_change_are_not_reported(tmp_path, only, monkeypatch):
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    (tmp_path / "a.py").write_text("one\ntwo\nthree\nfour\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "start")
    git(tmp_path, "checkout", "-qb", "feature")
    (tmp_path / "a.py").write_text("one\ntwo\nTHREE\nfour\n")
    (tmp_path / "new\nname.py").write_text("x\n")
    repository = Repository(str(tmp_path))
    change = changes.change_of(repository)

    only(says(finding(line=1), finding(line=3), finding(path="new\nname.py", line=1)))
    outcome = run.outcome(run.Context(repository, change))

    assert (change.base_name, change.files["a.py"].lines) == ("main", ((3, 3),))
    assert [(f.path, f.line) for f in outcome.findings] == [("a.py", 3), ("new\nname.py", 1)]


def test_without_git_everything_is_the_change(tmp_path):
    (tmp_path / "a.py").write_text("x\n")
    change = changes.change_of(Repository(str(tmp_path)))

    assert (change.whole, change.touches("a.py", 1)) == (True, True)


def test_a_catastrophic_pattern_is_a_gap_and_not_a_hang(tmp_path, only, monkeypatch):
    from backend_agent.checks import raw_sql_patterns

    monkeypatch.setattr(raw_sql_patterns, "SECONDS", 1.0)
    only(raw_sql_patterns)
    rules = (run.RawSql(("(a+)+$", "(unclosed"), (), (), "stack.yaml"),)
    outcome = run.outcome(context(tmp_path, {"a.py": "a" * 60 + "!\n"}, raw_sql=rules))

    assert outcome.ran == ()
    assert len(outcome.gaps) == 2


def _started(root) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")


def test_a_file_counts_as_a_whole_where_git_cannot_tell_its_lines(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    (tmp_path / ".gitattributes").write_text("b.py binary\n")
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text(f"one\ntwo\n{name}\n")
    _started(tmp_path)
    (tmp_path / "a.py").write_text("ONE\ntwo\na.py\n")
    (tmp_path / "b.py").write_text("ONE\ntwo\nb.py\n")
    (tmp_path / "c.py").chmod(0o755)
    files = changes.change_of(Repository(str(tmp_path))).files
    assert {path: known.lines for path, known in files.items()} == {"a.py": ((1, 1),), "b.py": None, "c.py": ()}

    blob = subprocess.run(["git", "rev-parse", "HEAD:c.py"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()
    (tmp_path / "c.py").unlink()
    lost = tmp_path / ".git/objects" / blob[:2] / blob[2:]
    lost.chmod(0o644)
    lost.unlink()  # a clone without blobs, far from its server
    (tmp_path / "a.py").write_text("one\nTWO\n")
    change = changes.change_of(Repository(str(tmp_path)))
    assert (change.whole, change.touches("a.py", 1), change.touches("a.py", 2)) == (False, True, True)


def test_where_git_compares_nothing_everything_is_the_change(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    (tmp_path / "a.py").write_text("one\n")
    _started(tmp_path)
    plain = changes.git_bytes
    monkeypatch.setattr(changes, "git_bytes", lambda root, *words: None if words[0] == "diff" else plain(root, *words))

    change = changes.change_of(Repository(str(tmp_path)))
    assert (change.whole, change.note) == (True, "git could not compare with HEAD: every file counts as changed")


def test_a_file_that_breaks_a_reader_is_told_at_every_run(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path / "cache"))

    def broken(source):
        raise AttributeError("no such thing")

    monkeypatch.setattr(rules, "extract", broken)
    notes = []
    for _ in range(2):
        (tmp_path / "p").mkdir(exist_ok=True)
        (tmp_path / "p/a.py").write_text("import time\n\n\nasync def f():\n    time.sleep(1)\n")
        repository = Repository(str(tmp_path / "p"))
        assert run.outcome(run.Context(repository, changes.everything(repository))).findings == ()
        notes.append([str(p) for p in repository.problems])
    assert notes[0] == notes[1] != []
