"""The command: exit codes, text with excerpts, JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "validate_stack.py"


def run(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


def test_a_right_file_exits_0_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text("language: go\n")
    done = run("stack.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "stack.yaml: valid\n", "")


def test_mistakes_exit_1_with_the_line_and_a_mark_below(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text("language: go\nframwork: gin\nsource: auto\n")
    done = run("stack.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == (
        "stack.yaml:2:1: error: 'framwork' is not a known field\n  2 | framwork: gin\n"
        "    | ^^^^^^^^\n  did you mean 'framework'?\n"
        "stack.yaml:3:9: error: 'source' is the text 'auto'\n  3 | source: auto\n"
        "    |         ^^^^\n  allowed: variant, migrated, user, detected\n"
        "stack.yaml: 2 errors\n"
    )


def test_json_holds_the_same(tmp_path: Path) -> None:
    (tmp_path / ".claude" / "stack").mkdir(parents=True)
    (tmp_path / ".claude" / "stack" / "stack.yaml").write_text("language: 5\n")
    done = run(".", "--format", "json", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["valid"], answer["origin"], answer["schema_version"]) == (1, False, "repository", 1)
    assert [(row["line"], row["column"], row["severity"]) for row in answer["problems"]] == [(1, 11, "error")]


def test_a_folder_with_its_own_stack_yaml_is_a_variant_and_is_taken_directly(tmp_path: Path) -> None:
    (tmp_path / "go").mkdir()
    (tmp_path / "go" / "stack.yaml").write_text("language: go\n")
    assert run("go", cwd=tmp_path).stdout == f"{os.path.join('go', 'stack.yaml')}: valid\n"


def test_a_path_that_is_not_there_exits_2(tmp_path: Path) -> None:
    done = run("nothing.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: nothing.yaml does not exist\n")


@pytest.mark.skipif(sys.platform == "win32", reason="no FIFO there")
def test_a_fifo_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "stack.yaml")
    assert run("stack.yaml", cwd=tmp_path).returncode == 2


def test_escape_sequences_of_a_file_never_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text('language: go\n"\\e[31mx": 1\nsource: "\\e[2J"\n')
    done = run("stack.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
