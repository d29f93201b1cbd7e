"""Every link resolves inside the folder, every resource can be reached, every command and option exists."""

import os
import re
import subprocess
import sys

import pytest
from skill_pages import ROOT, links, pages, text

SCRIPTS = sorted(name for name in os.listdir(os.path.join(ROOT, "scripts")) if name.endswith(".py"))


@pytest.mark.parametrize("page", pages())
def test_links_resolve_inside_the_folder(page):
    for target in links(page):
        path = os.path.normpath(os.path.join(ROOT, os.path.dirname(page), target.split("#")[0]))

        assert path.startswith(ROOT + os.sep), target
        assert os.path.isfile(path), target


def test_every_resource_is_linked_from_the_door_or_from_a_page_that_is():
    door = {f"resources/{os.path.basename(target)}" for target in links("SKILL.md")}
    index = {f"resources/{target}" for page in door for target in links(page)}

    assert set(pages()) - {"SKILL.md"} <= door | index


def test_every_named_script_exists():
    named = {name for page in pages() for name in re.findall(r"scripts/(\w+\.py)", text(page))}

    assert named
    assert named - {"x.py"} <= set(SCRIPTS)  # x.py stands for any of them


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_documented_option_is_in_the_help(script):
    named = {
        option
        for page in pages()
        for call in re.findall(rf"{script}[\"]?((?: +[^`\n|]*)?)", text(page))
        for option in re.findall(r"--[a-z][a-z-]+", call)
    }
    if not named:
        return
    command = [sys.executable, os.path.join(ROOT, "scripts", script), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert [option for option in sorted(named) if option not in done.stdout] == []
