"""Routes of Ruby projects: Rails' routing language expanded, Sinatra and Grape, and the callbacks that guard actions."""

import re
from pathlib import Path

import pytest

import route_projects
from backend_agent import catalog
from backend_agent.facts.routes import _ruby_rails as rails


@pytest.mark.parametrize("name", ["routes-rails", "routes-grape"])
def test_every_route_of_a_project_is_found_with_its_full_path_and_guard(name: str) -> None:
    route_projects.check(name)


def test_names_that_guard_are_recognised_and_their_neighbours_are_not() -> None:
    said = catalog.load("facts", "ruby")["guards"]
    names = re.compile(said["names"])
    assert [name for name in said["matches"] if not names.match(name)] == []
    assert [name for name in said["misses"] if names.match(name)] == []


@pytest.mark.parametrize(
    ("many", "one"), [("posts", "post"), ("categories", "category"), ("addresses", "address"), ("boxes", "box"), ("status", "status")]
)
def test_names_of_resources_are_made_singular(many: str, one: str) -> None:
    assert rails.singular(many) == one


def test_an_api_only_application_has_no_pages_to_make_or_edit_a_resource(tmp_path: Path) -> None:
    found = route_projects.of(
        tmp_path,
        {
            "config/application.rb": "module Shop\n  class Application < Rails::Application\n    config.api_only = true\n  end\nend\n",
            "config/routes.rb": "Rails.application.routes.draw do\n  resource :cart\nend\n",
        },
    )
    assert sorted(found) == ["DELETE /cart", "GET /cart", "PATCH /cart", "POST /cart", "PUT /cart"]


def test_an_engine_hangs_below_the_path_where_it_is_mounted(tmp_path: Path) -> None:
    found = route_projects.of(
        tmp_path,
        {
            "config/routes.rb": 'Rails.application.routes.draw do\n  mount Blog::Engine, at: "/blog"\nend\n',
            "engines/blog/config/routes.rb": 'Blog::Engine.routes.draw do\n  get "posts", to: "posts#index"\nend\n',
            "engines/lost/config/routes.rb": 'Lost::Engine.routes.draw do\n  get "found", to: "found#index"\nend\n',
        },
    )
    assert set(found) == {"GET /blog/posts", "GET /{?}/found"}


def test_a_loop_over_what_is_not_known_keeps_its_route(tmp_path: Path) -> None:
    found = route_projects.of(
        tmp_path,
        {"config/routes.rb": 'Rails.application.routes.draw do\n  Plugin.all.each do |p|\n    get "x/#{p}", to: "x#y"\n  end\nend\n'},
    )
    assert set(found) == {"GET /x/{?}"}


def test_a_parameter_beside_the_path_is_no_route(tmp_path: Path) -> None:
    text = 'Rails.application.routes.draw do\n  get "/moderators" => "users#tree", :staff => true\nend\n'
    assert set(route_projects.of(tmp_path, {"config/routes.rb": text})) == {"GET /moderators"}
