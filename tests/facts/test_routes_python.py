"""Routes of Python projects: full paths across files, and who guards them."""

import re

import pytest

import route_projects
from backend_agent import catalog

PROJECTS = ["routes-django", "routes-fastapi", "routes-flask"]


@pytest.mark.parametrize("name", PROJECTS)
def test_every_route_of_a_project_is_found_with_its_full_path_and_guard(name: str) -> None:
    route_projects.check(name)


def test_names_that_guard_are_recognised_and_their_neighbours_are_not() -> None:
    said = catalog.load("facts", "python")["guards"]
    names = re.compile(said["names"])
    assert [name for name in said["matches"] if not names.match(name)] == []
    assert [name for name in said["misses"] if names.match(name)] == []


def test_catalog_lists_are_sorted_and_routers_are_named_once() -> None:
    content = catalog.load("facts", "python")
    names = [r["name"] for r in content["routers"]]
    assert len(names) == len(set(names))
    assert all(set(r) <= {"name", "framework", "role", "style", "prefix", "at", "tail"} for r in content["routers"])
