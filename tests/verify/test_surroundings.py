"""What the project installed for itself is what its commands find, nearest first; what lies outside of it is not looked at."""

import os
import sys
from pathlib import Path

import pytest

from backend_agent.verify import surroundings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs are made by their mode bits")


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def found(name: str, root: Path, folder: Path, path: str = "/nowhere") -> str:
    return surroundings.program(name, str(folder), surroundings.of(str(root), str(folder), {"PATH": path}))


def test_a_virtual_environment_that_is_not_active_is_used(tmp_path: Path) -> None:
    pytest_here = program(tmp_path / ".venv/bin/pytest")
    (tmp_path / ".venv/pyvenv.cfg").write_text("")

    assert found("pytest", tmp_path, tmp_path) == pytest_here
    assert surroundings.of(str(tmp_path), str(tmp_path), {"PATH": "", "PYTHONHOME": "x"})["VIRTUAL_ENV"] == str(tmp_path / ".venv")


def test_a_folder_called_env_without_an_environment_in_it_is_none(tmp_path: Path) -> None:
    program(tmp_path / "env/bin/pytest")

    assert not found("pytest", tmp_path, tmp_path)
    assert surroundings.of(str(tmp_path), str(tmp_path), {"PATH": "a"}) == {"PATH": "a"}


def test_the_nearest_packages_come_first_and_those_of_the_root_are_seen(tmp_path: Path) -> None:
    near = program(tmp_path / "api/node_modules/.bin/tsc")
    program(tmp_path / "node_modules/.bin/tsc")
    far = program(tmp_path / "node_modules/.bin/biome")

    assert found("tsc", tmp_path, tmp_path / "api") == near
    assert found("biome", tmp_path, tmp_path / "api") == far


def test_nothing_above_the_project_is_looked_at(tmp_path: Path) -> None:
    program(tmp_path / "node_modules/.bin/tsc")
    (tmp_path / "project").mkdir()

    assert not found("tsc", tmp_path / "project", tmp_path / "project")


def test_python_is_python3_where_there_is_no_other(tmp_path: Path) -> None:
    only = program(tmp_path / "bin/python3")

    assert found("python", tmp_path, tmp_path, str(tmp_path / "bin")) == only


def test_a_program_with_a_path_is_the_one_of_the_folder(tmp_path: Path) -> None:
    program(tmp_path / "mvnw")

    assert found("./mvnw", tmp_path, tmp_path) == os.path.join(str(tmp_path), "./mvnw")
