"""Routes of Elixir projects: Phoenix's scopes, resources, macros and pipelines, and Plug.Router."""

import re
from pathlib import Path

import route_projects
from backend_agent import catalog


def test_every_route_of_a_project_is_found_with_its_full_path_and_guard() -> None:
    route_projects.check("routes-phoenix")


def test_names_that_guard_are_recognised_and_their_neighbours_are_not() -> None:
    said = catalog.load("facts", "elixir")["guards"]
    names, optional = re.compile(said["names"]), re.compile(said["optional"])
    assert [name for name in said["matches"] if not names.match(name) or optional.search(name)] == []
    assert [name for name in said["misses"] if names.match(name) and not optional.search(name)] == []


def test_a_guard_that_only_loads_who_calls_leaves_the_route_open(tmp_path: Path) -> None:
    router = (
        "defmodule A.Router do\n  use Phoenix.Router\n  pipeline :api do\n    plug Guardian.Plug.VerifyHeader\n"
        '    plug Guardian.Plug.LoadResource, allow_blank: true\n  end\n  scope "/", A do\n    pipe_through :api\n'
        '    get "/x", XController, :show\n  end\nend\n'
    )
    controller = "defmodule A.XController do\n  use A, :controller\n  def show(conn, _), do: conn\nend\n"
    assert route_projects.of(tmp_path, {"lib/router.ex": router, "lib/x.ex": controller}) == {"GET /x": "open"}


def test_a_prefix_that_is_not_known_keeps_its_routes(tmp_path: Path) -> None:
    router = 'defmodule A.Router do\n  use Phoenix.Router\n  scope prefix() do\n    get "/x", X, :show\n  end\nend\n'
    assert set(route_projects.of(tmp_path, {"lib/router.ex": router})) == {"GET /{?}/x"}
