"""The GitHub Action and the pre-commit hook: what they would run is run."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BAD = "import requests\n\n\ndef track(number):\n    return requests.get(number)\n"
GOOD = BAD.replace("(number)\n", "(number, timeout=5)\n", 2).replace("track(number, timeout=5)", "track(number)")


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "a project"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "app.py").write_text("X = 1\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")
    git(root, "checkout", "-qb", "feature")
    return root


def run_step(project: Path, tmp_path: Path, **inputs: str) -> "tuple[int, dict[str, str]]":
    """The first step of the action with the defaults of its inputs; what it wrote to its outputs."""
    step = ACTION["runs"]["steps"][0]
    given = {name: inputs.get(name, declared["default"]) for name, declared in ACTION["inputs"].items()}
    environment = {name: given[text.split("inputs.")[1].split(" ")[0]] for name, text in step["env"].items() if "inputs." in text}
    output = tmp_path / "output"
    output.touch()
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    if not (tools / "python3").exists():
        (tools / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (tools / "python3").chmod(0o755)
    environment |= {"ACTION": str(ROOT), "GITHUB_OUTPUT": str(output), "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=project, env={**os.environ, **environment}, check=False
    )
    return done.returncode, dict(line.split("=", 1) for line in output.read_text().splitlines())


needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


@needs_bash
def test_the_step_writes_sarif_and_the_code_of_a_failing_run(project, tmp_path):
    (project / "app.py").write_text(BAD)
    code, outputs = run_step(project, tmp_path)

    assert (code, outputs["code"]) == (0, "1")
    log = json.loads((project / outputs["sarif"]).read_text())
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["missing_timeout"]


@needs_bash
def test_a_shallow_checkout_is_told_what_it_lacks(project, tmp_path, capfd):
    git(project, "commit", "-qam", "nothing", "--allow-empty")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", project.as_uri(), str(shallow))
    code, outputs = run_step(shallow, tmp_path)

    assert (code, outputs["code"]) == (3, "3")
    assert "fetch-depth: 0" in capfd.readouterr().out


@needs_bash
def test_the_step_is_content_with_a_good_change(project, tmp_path):
    (project / "app.py").write_text(GOOD)

    assert run_step(project, tmp_path)[1]["code"] == "0"


@needs_bash
def test_a_base_with_odd_characters_is_one_argument_and_not_a_command(project, tmp_path):
    (project / "app.py").write_text(BAD)
    code, outputs = run_step(project, tmp_path, base="main; touch pwned")

    assert code == 2
    assert outputs["code"] == "2"
    assert not (project / "pwned").exists()


def test_no_input_stands_in_the_text_of_a_step():
    assert [step for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")] == []


@needs_bash
def test_the_hook_runs_the_checks_on_the_change(project):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (project / "app.py").write_text(BAD)
    done = subprocess.run(["bash", str(ROOT / hook["entry"])], cwd=project, capture_output=True, text=True, check=False)

    assert os.access(ROOT / hook["entry"], os.X_OK) or os.name == "nt"
    assert done.returncode == 1
    assert "missing_timeout" in done.stdout
