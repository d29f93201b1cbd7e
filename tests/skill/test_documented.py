"""What the pages say that commands print and take is what they print and take."""

import os
import re
import shlex
import subprocess
import sys

import pytest
from skill_pages import ROOT, blocks, pages, text

SCRIPTS = sorted(name for name in os.listdir(os.path.join(ROOT, "scripts")) if name.endswith(".py"))
PAGES = ["README.md", "CONTRIBUTING.md", *pages()]
SAMPLES = [
    (command, said)
    for block in blocks("README.md", "console")
    for command, said in re.findall(r"^\$ ([^\n]+)\n((?:(?!\$ )[^\n]*\n)*)", block, re.MULTILINE)
]


@pytest.fixture(scope="module")
def options():
    """The options of every script, as `--help` lists them."""
    found = {}
    for script in SCRIPTS:
        call = [sys.executable, os.path.join(ROOT, "scripts", script), "--help"]
        helped = subprocess.run(call, capture_output=True, text=True, check=True).stdout
        found[script] = set(re.findall(r"^  (?:-h, )?(--[\w-]+)", helped, re.MULTILINE))
    return found


def calls(page):
    """(script, options) of every call on a page, up to what is handed on after ` -- ` or to another program."""
    for line in text(page).replace("\\\n", " ").splitlines():
        for found in re.finditer(r"(?:scripts/|\b)(\w+\.py)\b([^`|;&>]*)", line):
            if found[1] in SCRIPTS:
                yield found[1], re.findall(r"(?<!\S)(--[a-z][\w-]*)", found[2].split(" -- ")[0].partition("  ")[0])


@pytest.mark.parametrize("page", PAGES)
def test_every_option_on_a_page_is_one_that_the_script_takes(page, options):
    unknown = [(script, option) for script, given in calls(page) for option in given if option not in options[script] | {"--help"}]

    assert unknown == []


@pytest.mark.parametrize("page", PAGES)
def test_every_script_on_a_page_exists(page):
    named = set(re.findall(r"scripts/(\w+\.py)", text(page)))

    assert named <= {*SCRIPTS, "x.py"}


def test_options_are_found_at_all(options):
    given = [option for page in PAGES for _, found in calls(page) for option in found]

    assert len(given) > 10
    assert {"--format", "--debug"} <= options["detect_stack.py"]


def test_skill_md_and_the_readme_name_the_scripts_of_a_task():
    for page in ("README.md", "SKILL.md"):
        assert {"detect_stack.py", "map_backend.py", "run_checklist.py", "validate_stack.py", "with_postgres.py"} <= {
            s for s, _ in calls(page)
        }


@pytest.mark.parametrize(("command", "said"), SAMPLES, ids=[command for command, _ in SAMPLES])
def test_the_sample_output_of_the_readme_is_what_the_command_prints(command, said):
    words = shlex.split(command)
    assert words[0] == "python3"
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stdout == said


def test_the_readme_has_samples():
    assert len(SAMPLES) >= 2


def test_the_exit_codes_of_the_pages_are_those_of_the_library():
    from backend_agent import errors

    assert (errors.DONE, errors.FAILS, errors.USAGE, errors.NOT_CARRIED_OUT, errors.FAULT) == (0, 1, 2, 3, 70)
    assert "0 good, 1 something fails, 2 wrong use, 3 could not be carried out" in " ".join(text("SKILL.md").split())
