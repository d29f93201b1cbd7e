"""Our own checklist, on our own code: its commands (tests, lint, format, types, build, migrations), checks and questions end in DONE."""

import os
import re
import subprocess
import sys

import pytest
import yaml
from contract_suite import stacks
from contract_suite.stacks import Stack

LIMIT = 1500.0
_ANCHOR = re.compile(r"(?P<path>[\w./-]+\.\w+)#(?P<word>[^\s;]+?)(?=[,.:)]*(?:[\s;]|$))")
"""`path#word`: the line of the file that holds the word; a full stop in it stands for any one character."""

ATTESTED = [name for name in stacks.names() if (stacks.VARIANTS / name / "attest.yaml").exists()]


def answers(name: str) -> dict[str, str]:
    """The attested answers of a stack, each anchor turned into path:line."""
    folder = stacks.VARIANTS / name

    def line(anchor: re.Match[str]) -> str:
        word = re.compile(re.escape(anchor["word"]).replace(r"\.", "."))
        lines = (folder / "app" / anchor["path"]).read_text(encoding="utf-8").splitlines()
        number = next((number for number, text in enumerate(lines, start=1) if word.search(text)), 0)
        assert number, f"{name}/attest.yaml: no line of {anchor['path']} holds {anchor['word']}"
        return f"{anchor['path']}:{number}"

    told = yaml.safe_load((folder / "attest.yaml").read_text(encoding="utf-8"))
    return {item: _ANCHOR.sub(line, text) for item, text in told.items()}


def test_every_stack_answers_the_questions() -> None:
    assert stacks.names() == ATTESTED


@pytest.mark.parametrize("name", ATTESTED)
def test_the_evidence_of_every_answer_is_there(name: str) -> None:
    for item, text in answers(name).items():
        assert re.search(r"\.\w+:\d+", text) or text.startswith("n/a: "), item
        assert "#" not in text, text


def test_the_checklist_is_done_on_the_service(stack: Stack, set_up_seconds: float) -> None:
    attested = [word for item, text in answers(stack.name).items() for word in ("--attest", f"{item}={text}")]
    script = stacks.ROOT / "scripts" / "run_checklist.py"
    command = [
        sys.executable,
        str(script),
        str(stack.app),
        "--all",
        "--stack",
        str(stack.folder),
        "--with-postgres",
        "--trust-project",
        *attested,
    ]
    tools = [str(stack.env / "venv" / "bin"), str(stack.env / "bin")]
    built = {"CARGO_TARGET_DIR": str(stack.env / "target")}  # what the set-up has compiled is not compiled again
    surroundings = {**stacks.surroundings(), **built, "PATH": os.pathsep.join([*tools, stacks.surroundings()["PATH"]])}

    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=surroundings, check=False)

    verdict = next((line for line in done.stdout.splitlines() if line.startswith(("DONE", "NOT DONE"))), "")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert verdict.startswith("DONE")
    for kind in ("tests", "lint", "format"):
        assert f"pass {kind}" in done.stdout, f"{kind} did not run\n{done.stdout[-3000:]}"
    assert "skipped" not in verdict
