"""What the end of a command proves, by its exit code and its output; and how a project that serves nothing is tested."""

from pathlib import Path

import pytest

from backend_agent.repository.files import Repository
from backend_agent.stack.command import Command
from backend_agent.verify import contract
from backend_agent.verify.commands import Result, judged
from backend_agent.verify.process import Ran


def result(code: int, text: str, cmd: str = "make lint", kind: str = "lint") -> Result:
    return judged(Result(kind, ".", Command(cmd), "refused"), Ran(code, text, 0.0, 0.0), text, 60)


@pytest.mark.parametrize(
    ("cmd", "code", "text", "tool"),
    [
        (
            "make lint",
            2,
            "golangci-lint run\nmake: golangci-lint: No such file or directory\nmake: *** [Makefile:20: lint] Error 127\n",
            "golangci-lint",
        ),
        ("make lint", 2, "/bin/sh: 1: ruff: not found\nmake: *** [Makefile:2: lint] Error 127\n", "ruff"),
        ("npx tsc --noEmit", 1, 'npm error npx canceled due to missing packages and no YES option: ["tsc@2.0.4"]\n', "tsc"),
    ],
)
def test_a_program_that_make_or_npx_lacks_is_missing_and_named(cmd: str, code: int, text: str, tool: str) -> None:
    made = result(code, text, cmd)
    assert (made.status, made.reason) == ("missing", f"missing tool: {tool}")


def test_a_target_that_fails_by_itself_is_a_failure(tmp_path: Path) -> None:
    assert result(2, "a.go:1: unused\nmake: *** [Makefile:2: lint] Error 1\n").status == "fail"


@pytest.mark.parametrize("text", ["E   ModuleNotFoundError: No module named 'anyio'\n", "Error: Cannot find module 'anyio'\n"])
def test_tests_that_cannot_load_a_package_fail_and_the_environment_is_named(text: str) -> None:
    made = result(1, text, "pytest", "tests")
    assert made.status == "fail"
    assert made.hint.startswith("the package anyio could not be loaded")


def test_a_file_of_the_project_that_is_not_found_says_nothing_about_the_environment() -> None:
    assert not result(1, "Error: Cannot find module './shop'\n", "npm test", "tests").hint


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": '[dependency-groups]\ntest = ["pytest"]\n', "src/a.py": "x = 1\n"}, "pytest"),
        ({"pyproject.toml": "[project]\nname = 'a'\n", "uv.lock": "", "tests/conftest.py": ""}, "uv run pytest"),
        ({"setup.py": "", "tests/test_a.py": "import unittest\n"}, "python -m unittest"),
        ({"go.mod": "module a\n", "a_test.go": "package a\n"}, "go test ./..."),
        ({"Cargo.toml": "[package]\nname = 'a'\n", "src/lib.rs": ""}, "cargo test"),
        ({"pom.xml": "<project/>\n", "src/test/java/ATest.java": "class ATest {}\n"}, "mvn test"),
        ({"Gemfile": "", "spec/a_spec.rb": "describe 1\n"}, "bundle exec rspec"),
    ],
)
def test_a_library_has_the_tests_of_its_tool(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    commands = [c.cmd for one in contract.read(Repository(str(tmp_path))).services for kind, c in one.commands if kind == "tests"]
    assert commands == [expected]


def test_a_library_without_tests_has_no_tests_command(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    (tmp_path / "a.py").write_text("x = 1\n")
    assert not [kind for one in contract.read(Repository(str(tmp_path))).services for kind, _ in one.commands if kind == "tests"]


def test_a_line_that_names_the_error_is_kept_however_much_follows() -> None:
    noise = "".join(f"ok  \tshop/p{n}\t0.1s\n" for n in range(40))
    made = result(1, "a/a_test.go:6:2: missing go.sum entry for module x\nFAIL\tshop/a [setup failed]\n" + noise, "go test ./...", "tests")

    assert made.output.startswith("a/a_test.go:6:2: missing go.sum entry")


def test_a_formatter_that_only_lists_fails_by_what_it_lists() -> None:
    assert result(0, "api/a.go\n", "gofmt -l .", "format").status == "fail"
    assert result(0, "api/a.go\n", "go tool gofumpt -extra -l .", "format").status == "fail"
    assert result(0, "\n", "gofmt -l .", "format").status == "pass"
    assert result(0, "checked 3 files\n", "gofmt-check", "format").status == "pass"
    assert result(0, "All checks passed\n", "ruff check -l 3 .", "lint").status == "pass"
