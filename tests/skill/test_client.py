"""The skill in the real client: listed whole, loaded both ways, its commands run as written, and nothing asks twice."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from client.session import run
from skill_pages import ROOT, frontmatter_and_body, text

pytestmark = pytest.mark.skipif(not shutil.which("npm"), reason="npm is missing: the client comes from there")
PROJECT = os.path.join(ROOT, "tests", "projects", "readme-shop")
DESCRIPTION = yaml.safe_load(frontmatter_and_body()[0])["description"]
HEADLESS = shlex.split(re.search(r'^claude -p "\.\.\." (--allowedTools .+)$', text("README.md"), re.MULTILINE)[1])
FOR_PLUGIN = re.search(r'For the plugin, add `"(Skill\([^`]+\))"`', text("README.md"))[1]


def written(script, more=""):
    """A turn that runs a script with the very words of SKILL.md as the model got it."""

    def turn(session):
        found = re.search(rf'^ *(python3 "[^"]*/scripts/{script}")', session.rpartition("Base directory for this skill:")[2], re.MULTILINE)
        return "Bash", {"command": f"{found[1] if found else 'false'}{more}", "description": "run it"}

    return turn


def page(name):
    def turn(session):
        folder = re.findall(r"Base directory for this skill: ([^\n]+)", session)[-1]
        return "Read", {"file_path": f"{folder}/{name}"}

    return turn


SKILL = ("Skill", {"skill": "backend-agent"})
WORK = [written("detect_stack.py"), written("run_checklist.py", " --list"), page("resources/security.md"), "Done."]


@pytest.mark.parametrize("way", ["user", "project", "link", "plugin"])
def test_the_model_loads_it_and_with_the_headless_line_of_the_readme_nothing_is_denied(way, tmp_path):
    allowed = [*HEADLESS, FOR_PLUGIN] if way == "plugin" else HEADLESS
    session = run(tmp_path, ROOT, way, "Add an endpoint that voids an order.", [SKILL, *WORK], *allowed, files=PROJECT)

    assert session.code == 0, session.stderr
    assert DESCRIPTION in session.listing
    assert session.listing.count("\n- ") > 3  # beside the client's own
    assert session.denied == []
    assert [name for name, _, _ in session.tools] == ["Skill", "Bash", "Bash", "Read"]
    assert len(session.bodies) == 1
    assert "${CLAUDE_SKILL_DIR}/scripts" not in session.bodies[0]
    _skill, detected, listed, read = (said for _, _, said in session.tools)
    assert "fastapi" in detected
    assert "tests" in listed
    assert "object" in read


def test_the_user_loads_it_by_name_and_its_own_consent_covers_its_commands(tmp_path):
    session = run(tmp_path, ROOT, "user", "/backend-agent what is this?", WORK, files=PROJECT)

    assert session.code == 0, session.stderr
    assert session.denied == []
    assert [name for name, _, _ in session.tools] == ["Bash", "Bash", "Read"]
    assert "fastapi" in session.tools[0][2]


def test_the_page_alone_is_listed_and_loads(tmp_path):
    session = run(tmp_path, ROOT, "alone", "Fix the endpoint.", [SKILL, "Done."], *HEADLESS, files=PROJECT)

    assert DESCRIPTION in session.listing
    assert session.tools[0][:2] == ("Skill", False)
    assert "Only this file here?" in session.bodies[0]


def test_what_the_line_does_not_allow_is_still_denied(tmp_path):
    command = ("Bash", {"command": 'python3 -c \'open("made", "w")\'', "description": "something else"})
    session = run(tmp_path, ROOT, "user", "Fix the endpoint.", [SKILL, command, "Done."], *HEADLESS, files=PROJECT)

    assert len(session.denied) == 1
    assert not (tmp_path / "project" / "made").exists()


def test_the_guard_holds_a_reset_back_in_the_client_even_where_everything_is_allowed(tmp_path):

    printed = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "hooks.py"), "settings"], capture_output=True, check=True)
    turns = [
        ("Bash", {"command": f"touch {name} && {command}", "description": "go"})
        for name, command in (("one", "true"), ("two", "dropdb shop"))
    ]
    session = run(tmp_path, ROOT, "user", "Go.", [*turns, "Done."], "--allowedTools", "Bash", settings=json.loads(printed.stdout))

    assert [(name, error) for name, error, _ in session.tools] == [("Bash", False), ("Bash", True)]
    assert "destroys the whole database" in session.tools[1][2]
    assert (tmp_path / "project" / "one").exists()
    assert not (tmp_path / "project" / "two").exists()
