"""The folder as it is installed: copied, copied under another name, linked; and what validators of skills say about it."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from skill_pages import ROOT, frontmatter_and_body

PROJECT = os.path.join(ROOT, "tests", "projects", "readme-shop")
LEFT_OUT = shutil.ignore_patterns(".git", ".*_cache", ".hypothesis", "__pycache__", "node_modules", ".venv", "projects")


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """The folder under its own name, under another one with a space, and behind a link."""
    base = tmp_path_factory.mktemp("installed")
    named, other, link = base / "skills" / "backend-agent", base / "my things" / "tool", base / "link"
    for target in (named, other):
        shutil.copytree(ROOT, target, ignore=LEFT_OUT)
    link.symlink_to(other)
    return {"copy": str(named), "other name": str(other), "link": str(link)}


def run(folder, script, *words):
    call = [sys.executable, os.path.join(folder, "scripts", script), *words]
    done = subprocess.run(call, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.replace(folder, "HERE"), done.stderr.replace(folder, "HERE")


@pytest.mark.parametrize("way", ["copy", "other name", "link"])
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("detect_stack.py", ("--format", "json")),
        ("validate_stack.py", ()),
        ("run_checklist.py", ("--list",)),
        ("with_postgres.py", ("--help",)),
        ("hooks.py", ("settings",)),
    ],
)
def test_an_installed_folder_says_the_same_wherever_it_lies(copies, way, script, words):
    assert run(copies[way], script, *words) == run(ROOT, script, *words)


def test_what_it_says_is_more_than_an_error(copies):
    code, said, _ = run(copies["other name"], "detect_stack.py")

    assert code == 0
    assert "fastapi" in said


def test_a_run_leaves_nothing_in_the_project_and_nothing_but_bytecode_in_the_folder(copies):
    before = files(PROJECT), files(copies["other name"])
    run(copies["other name"], "detect_stack.py")

    assert (files(PROJECT), files(copies["other name"])) == before


def files(folder):
    return sorted(os.path.join(at, name) for at, _folders, names in os.walk(folder) for name in names if not name.endswith(".pyc"))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="skills-ref needs Python 3.11")
def test_the_reference_validator_of_the_format_accepts_the_folder(copies):
    tool = os.path.join(os.path.dirname(sys.executable), "agentskills")
    done = subprocess.run([tool, "validate", copies["copy"]], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(sys.version_info < (3, 11), reason="skills-ref needs Python 3.11")
def test_the_reference_validator_would_notice_another_folder_name(copies):
    tool = os.path.join(os.path.dirname(sys.executable), "agentskills")
    done = subprocess.run([tool, "validate", copies["other name"]], capture_output=True, text=True, check=False)

    assert done.returncode != 0


def test_the_frontmatter_keeps_the_rules_of_the_upload_check():
    head, body = frontmatter_and_body()
    values = yaml.safe_load(head)

    assert set(values) <= {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", values["name"])
    assert len(values["name"]) <= 64
    assert 0 < len(values["description"]) <= 1024
    assert not set("<>") & set(values["description"])
    assert len(values["compatibility"]) <= 500
    assert body.strip()


def test_the_package_holds_no_hook_that_a_mere_copy_would_turn_on():
    assert not os.path.exists(os.path.join(ROOT, "hooks"))
    assert "hooks" not in yaml.safe_load(frontmatter_and_body()[0])
