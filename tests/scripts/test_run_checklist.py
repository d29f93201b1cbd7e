import json
import os
import shutil
import subprocess
import sys

import pytest

SCRIPT = os.path.join(os.path.dirname(__file__), "..", "..", "scripts", "run_checklist.py")


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


class Project:
    """A small repository with a stack.yaml, and the script to run on it."""

    def __init__(self, tmp_path) -> None:
        self.root = tmp_path / "project"
        self.root.mkdir()
        self.state = tmp_path / "state"
        self.env = {**os.environ, "BACKEND_AGENT_STATE": str(self.state), "PYTHONDONTWRITEBYTECODE": "1"}
        for name in [n for n in self.env if "DATABASE" in n or n.startswith(("GITHUB_", "PYTEST"))]:
            del self.env[name]

    def write(self, **files: str) -> "Project":
        for name, text in files.items():
            self.put(name, text)
        return self

    def put(self, path: str, text: str) -> "Project":
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return self

    def verify(self, **commands: object) -> "Project":
        return self.put(".claude/stack/stack.yaml", json.dumps({"language": "python", "verify": commands}))

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout

    def committed(self) -> "Project":
        self.put(".gitignore", "__pycache__/\n.pytest_cache/\ntarget/\n")
        self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-qm", "start")
        return self

    def run(self, *arguments: str, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, SCRIPT, str(self.root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=self.env, timeout=timeout, check=False)

    def commands(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.run("--only", "commands", "--trust-project", *arguments)


def shown(done) -> str:
    return f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"


PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider"
GREEN = "def test_adds():\n    assert 1 + 1 == 2\n"
RED = "def test_adds():\n    assert 1 + 1 == 3\n"


def test_green_tests_are_done_within_the_budget(project):
    done = project.verify(tests={"cmd": PYTEST}).put("test_a.py", GREEN).committed().run("--trust-project")

    assert done.returncode == 0, shown(done)
    assert done.stdout.rstrip().split("\n")[-1].startswith("DONE  1 test passed")
    assert len(done.stdout) <= 1_500


def test_a_planted_bug_is_not_done_and_names_the_failing_test(project):
    done = project.verify(tests={"cmd": PYTEST}).put("test_a.py", RED).commands()

    assert done.returncode == 1, shown(done)
    assert "NOT DONE" in done.stdout
    assert "test_a.py::test_adds" in done.stdout.split("NOT DONE")[1]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "ran no test"),
        ("import pytest\n@pytest.mark.skip\ndef test_a():\n    pass\n", "skipped"),
    ],
    ids=["zero", "all-skipped"],
)
def test_nothing_tested_is_never_green(project, code, reason):
    masked = f"{sys.executable} -c \"import subprocess, sys; subprocess.run([sys.executable, '-m', 'pytest', '-q'])\""
    done = project.verify(tests={"cmd": masked}).put("test_a.py", code or "x = 1\n").commands()

    assert done.returncode == 3, shown(done)
    assert reason in done.stdout


def test_failures_behind_exit_code_zero_are_failures(project):
    masked = f"{sys.executable} -c \"import subprocess, sys; subprocess.run([sys.executable, '-m', 'pytest', '-q'])\""
    done = project.verify(tests={"cmd": masked}).put("test_a.py", RED).commands()

    assert done.returncode == 1, shown(done)
    assert "its script hides the failure" in done.stdout


def test_a_test_command_without_a_count_proves_nothing(project):
    done = project.verify(tests={"cmd": f"{sys.executable} -c \"print('all tests passed, ok')\""}).put("a.py", "x = 1\n").commands()

    assert done.returncode == 3, shown(done)
    assert "nothing shows that a test ran" in done.stdout


def test_a_pass_signal_stands_for_a_count_and_its_absence_is_a_failure(project):
    say = f"{sys.executable} -c \"print('SUITE GREEN')\""
    assert project.verify(tests={"cmd": say, "pass_signal": "SUITE GREEN"}).put("a.py", "x = 1\n").commands().returncode == 0

    done = project.verify(tests={"cmd": say, "pass_signal": "SUITE WHITE"}).commands()
    assert done.returncode == 1, shown(done)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ({"cmd": "no-such-runner --all"}, "missing tool: no-such-runner"),
        ({"cmd": f"{sys.executable} -m no_such_runner"}, "missing tool: no_such_runner"),
        ({"cmd": "no-such-runner", "skip_if_missing": ["no-such-runner"]}, "skipped"),
        ({"cmd": PYTEST, "env": ["A_NAME_NOBODY_SETS"]}, "A_NAME_NOBODY_SETS"),
        ({"cmd": PYTEST, "needs": ["database"]}, "needs a database"),
        ({"cmd": PYTEST + " | tee log"}, "a pipe hides"),
        ({"cmd": PYTEST + " || true"}, "hides a failure"),
        ({"cmd": PYTEST, "cwd": "nowhere"}, "no folder nowhere"),
    ],
)
def test_what_cannot_be_carried_out_is_named_and_never_green(project, command, reason):
    done = project.verify(tests=command).put("test_a.py", GREEN).commands()

    assert done.returncode == 3, shown(done)
    assert reason in done.stdout
    assert "NOT DONE" in done.stdout


def test_a_hanging_command_is_ended_and_not_done(project):
    done = project.verify(tests={"cmd": f'{sys.executable} -c "import time; time.sleep(600)"', "timeout": 1}).put("a.py", "").commands()

    assert done.returncode == 1, shown(done)
    assert "ran longer than 1 s" in done.stdout


def test_a_command_that_leaves_a_process_behind_is_told_and_it_is_gone(project):
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '600'], start_new_session=True); open('pid', 'w').write(str(p.pid))"
    project.put("left.py", code + "\nprint('2 passed in 0.01s')\n").verify(tests={"cmd": f"{sys.executable} left.py"})

    done = project.commands()

    assert "left 1 processes running" in done.stdout, shown(done)
    with pytest.raises(OSError):
        os.kill(int((project.root / "pid").read_text()), 0)


def test_commands_of_the_repository_run_only_after_they_are_trusted_and_a_change_asks_again(project):
    project.verify(tests={"cmd": PYTEST}).put("test_a.py", GREEN).committed()
    first = project.run("--only", "commands")
    assert first.returncode == 3, shown(first)
    assert "--trust" in first.stdout

    assert "untrusted" in project.run("--list").stdout
    assert project.run("--only", "commands", "--trust").returncode == 0
    assert project.run("--only", "commands").returncode == 0
    project.verify(tests={"cmd": PYTEST + " -v"})
    again = project.run("--only", "commands")
    assert again.returncode == 3, shown(again)


def test_an_empty_folder_is_no_pass(project):
    done = project.run()

    assert done.returncode == 3
    assert "no source files found" in done.stderr


def test_a_report_holds_until_a_file_changes_or_the_report_is_edited(project, tmp_path):
    kept = tmp_path / "report.json"
    report = str(kept)
    project.verify(tests={"cmd": PYTEST}).put("test_a.py", GREEN).committed()
    assert project.run("--trust-project", "--report", report).returncode == 0
    held = project.run("--check-report", report)
    assert held.returncode == 0, shown(held)

    project.put("test_a.py", GREEN + "# more\n")
    moved = project.run("--check-report", report)
    assert moved.returncode == 1
    assert "test_a.py changed" in moved.stdout

    project.put("test_a.py", GREEN)
    document = json.loads(kept.read_text())
    document["commands"][0]["counts"]["passed"] = 99
    kept.write_text(json.dumps(document))
    edited = project.run("--check-report", report)
    assert edited.returncode == 1
    assert "changed after it was written" in edited.stdout


def test_a_report_that_is_not_done_does_not_exit_green_later(project, tmp_path):
    report = str(tmp_path / "report.json")
    project.verify(tests={"cmd": PYTEST}).put("test_a.py", RED).committed()
    assert project.run("--trust-project", "--report", report).returncode == 1

    assert project.run("--check-report", report).returncode == 1


def test_a_command_that_rewrites_files_is_not_done_until_it_changes_nothing(project):
    fix = f"{sys.executable} -c \"open('a.py', 'w').write('x = 2')\""
    project.verify(tests={"cmd": PYTEST}, lint={"cmd": fix}).put("test_a.py", GREEN).put("a.py", "x = 1\n").committed()

    first = project.commands()
    assert first.returncode == 1, shown(first)
    assert "changed files (a.py)" in first.stdout
    assert project.commands().returncode == 0


def changed(project, test: str) -> "subprocess.CompletedProcess[str]":
    project.verify(tests={"cmd": PYTEST}).put("shop/__init__.py", "").put("shop/sums.py", "def add(a, b):\n    return a - b\n")
    project.put("test_old.py", GREEN).committed()
    project.git("checkout", "-qb", "feature")
    project.put("shop/sums.py", "def add(a, b):\n    return a + b\n").put("test_sums.py", test)
    return project.commands()


STRONG = "from shop.sums import add\n\ndef test_adds_two():\n    assert add(1, 2) == 3\n"


def test_a_test_that_fails_without_the_change_is_proof(project):
    done = changed(project, STRONG)

    assert done.returncode == 0, shown(done)
    assert "1 of 1 changed tests fail without the change" in done.stdout


def test_a_test_that_passes_without_the_change_proves_nothing(project):
    done = changed(project, STRONG + "\ndef test_zero():\n    assert add(0, 0) == 0\n")

    assert done.returncode == 1, shown(done)
    assert "test_sums.py::test_zero passes without the change: it proves nothing" in done.stdout
    assert project.git("worktree", "list").count("\n") == 1


def test_attestations_need_evidence_that_exists(project):
    project.put(
        "app/routes.py", "from fastapi import APIRouter\nrouter = APIRouter()\n@router.post('/pay')\ndef pay():\n    return 1\n"
    ).committed()
    project.put("app/routes.py", (project.root / "app/routes.py").read_text() + "\n@router.post('/void')\ndef void():\n    return 2\n")

    opened = project.run("--only", "attest")
    assert opened.returncode == 1, shown(opened)
    assert "SEC-4" in opened.stdout
    for text in (
        "pass: only the owner, see app/other.py:3",
        "pass: only the owner, see app/routes.py:99",
        "pass: it is fine as it is",
        "pass: ok",
    ):
        refused = project.run("--only", "attest", "--attest", f"SEC-4={text}")
        assert refused.returncode == 2, shown(refused)
    answered = project.run("--only", "attest", "--attest", "SEC-4=pass: public on purpose, app/routes.py:7")
    assert "SEC-4" not in answered.stdout, shown(answered)


def test_loose_files_without_git_or_manifest_are_checked_line_by_line(project):
    project.put("one.py", "def f(db, x):\n    db.execute(f'SELECT * FROM t WHERE a = {x}')\n")
    done = project.run("--all", "--only", "checks", "--format", "jsonl")

    for line in done.stdout.splitlines():
        assert {"check", "path", "line", "category"} <= set(json.loads(line))
    assert done.stderr == ""


def test_raw_sql_patterns_of_a_manifest_are_searched_and_ignored_with_a_reason(project):
    manifest = {"language": "python", "verify": {"raw_sql": {"patterns": ["RAW_SQL"], "include_glob": ["*.py"]}}}
    project.put(".claude/stack/stack.yaml", json.dumps(manifest)).put("a.py", "x = 1\ny = RAW_SQL(x)\n")
    found = project.run("--all", "--only", "checks")
    assert found.returncode == 1, shown(found)
    assert "a.py:2" in found.stdout

    project.put("a.py", "x = 1\n# backend-agent: ignore raw-sql-pattern built from constants only\ny = RAW_SQL(x)\n")
    quiet = project.run("--all", "--only", "checks", "--format", "json")
    document = json.loads(quiet.stdout)
    assert [f["check"] for f in document["findings"] if f["check"] == "raw-sql-pattern"] == []
    assert document["silenced"][0]["reason"] == "built from constants only"


def test_a_database_elsewhere_is_shown_and_not_reached(project):
    project.verify(tests={"cmd": PYTEST}).put("test_a.py", GREEN).put(
        ".env", "DATABASE_URL=postgres://me:secret@db.example.com:5432/shop\n"
    )

    done = project.commands()
    assert done.returncode == 3, shown(done)
    assert "db.example.com/shop" in done.stdout
    assert "secret" not in done.stdout
    assert project.commands("--allow-host", "db.example.com").returncode == 0


def test_a_throw_away_database_is_the_variable_that_a_command_asks_for(project):
    test = "import os\ndef test_a(): assert os.environ['DATABASE_URL'].startswith('postgresql://')\n"
    project.verify(tests={"cmd": PYTEST, "env": ["DATABASE_URL"]}).put("test_a.py", test)

    assert "needs a database" in project.commands().stdout
    assert project.commands("--with-postgres").returncode == 0


UNITTEST = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(1, {})\n"
NODE = "const {{test}} = require('node:test'); const assert = require('assert');\ntest('adds', () => assert.equal(1, {}));\n"
GO = 'package x\nimport "testing"\nfunc TestAdds(t *testing.T) {{ if 1 != {} {{ t.Fatal("no") }} }}\n'
RUST = "#[test]\nfn adds() {{ assert_eq!(1, {}); }}\n"
CARGO = '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n'
REAL = [
    ("unittest", f"{sys.executable} -m unittest", {"test_a.py": UNITTEST}, sys.executable, "test_a"),
    ("node", "node --test", {"a.test.js": NODE}, "node", "adds"),
    ("go", "go test ./...", {"go.mod": "module x\n\ngo 1.21\n", "a_test.go": GO}, "go", "TestAdds"),
    ("cargo", "cargo test --offline", {"Cargo.toml": CARGO, "src/lib.rs": "", "tests/a.rs": RUST}, "cargo", "adds"),
]


def starts(tool):
    """Whether a tool is there and runs: rustup's cargo is on the path even where no toolchain is set up."""
    if shutil.which(tool) is None:
        return False
    asked = "version" if tool == "go" else "--version"
    return subprocess.run([tool, asked], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("runner", "cmd", "files", "tool", "name"), REAL, ids=[row[0] for row in REAL])
def test_real_runners_go_green_and_red(project, runner, cmd, files, tool, name):
    if not starts(tool):
        pytest.skip(f"{tool} is not installed")
    project.verify(tests={"cmd": cmd})
    for path, text in files.items():
        project.put(path, text.format(1) if "{}" in text else text)
    green = project.commands()
    assert green.returncode == 0, shown(green)

    for path, text in files.items():
        project.put(path, text.format(2) if "{}" in text else text)
    red = project.commands()
    assert red.returncode == 1, shown(red)
    assert name in red.stdout.split("NOT DONE")[1]


def test_kinds_that_were_left_out_show_in_the_verdict(project):
    project.verify(tests={"cmd": PYTEST}, lint={"cmd": "no-such-linter"}).put("test_a.py", GREEN)

    done = project.run("--trust-project", "--kind", "tests")

    assert done.returncode == 0, shown(done)
    assert "DONE (commands, tests only)" in done.stdout


def test_a_collection_only_run_ran_no_test(project):
    done = project.verify(tests={"cmd": PYTEST + " --collect-only"}).put("test_a.py", GREEN).commands()

    assert done.returncode == 3, shown(done)


def test_a_silent_test_beside_a_file_that_cannot_be_loaded_is_still_tried(project):
    test = "from shop.sums import new\n\ndef test_new():\n    assert new() == 1\n"
    project.verify(tests={"cmd": PYTEST}).put("shop/__init__.py", "").put("shop/sums.py", "").put("test_old.py", GREEN).committed()
    project.git("checkout", "-qb", "feature")
    project.put("shop/sums.py", "def new():\n    return 1\n").put("test_sums.py", test).put("test_old.py", GREEN.replace("2", "2.0"))

    done = project.commands()

    assert "test_old.py::test_adds passes without the change" in done.stdout, shown(done)
    assert "1 of 2 changed tests fail" in done.stdout


@pytest.mark.parametrize("path", ["no-such-folder", "a.py"])
def test_a_path_that_is_no_folder_is_one_clear_line(project, path):
    project.put("a.py", "x = 1\n")
    command = [sys.executable, SCRIPT, str(project.root / path)]
    done = subprocess.run(command, capture_output=True, text=True, env=project.env, check=False)

    assert done.returncode == 2
    assert "is not a folder" in done.stderr
    assert "Traceback" not in done.stderr
