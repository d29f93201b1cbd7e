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


SIGNED_IN_ONLY = {
    "config/routes.rb": 'Rails.application.routes.draw do\n  resources :notes, only: %i[index show create]\n  get "/top", to: "tops#show"\nend\n',
    "app/controllers/application_controller.rb": (
        "class ApplicationController < ActionController::Base\n  def to_sign_in\n    redirect_to sign_in_path\n  end\n\n"
        "  def to_holiday_page\n    redirect_to holiday_path\n  end\nend\n"
    ),
    "app/controllers/concerns/confirmable.rb": (
        "module Confirmable\n  extend ActiveSupport::Concern\n\n  class_methods do\n    def confirm_first(**)\n"
        "      before_action(:to_sign_in, **, unless: :signed_in?)\n    end\n  end\nend\n"
    ),
}


def test_a_callback_for_everybody_who_is_not_signed_in_guards(tmp_path: Path) -> None:
    notes = (
        "class NotesController < ApplicationController\n  before_action :to_sign_in, unless: :signed_in?, only: %i[create]\n"
        "  before_action :to_sign_in, unless: :cached?, only: %i[show]\n  def index; end\n  def show; end\n  def create; end\nend\n"
    )
    tops = (
        "class TopsController < ApplicationController\n  before_action :to_holiday_page, unless: -> { signed_in? }\n  def show; end\nend\n"
    )
    files = {**SIGNED_IN_ONLY, "app/controllers/notes_controller.rb": notes, "app/controllers/tops_controller.rb": tops}
    found = route_projects.of(tmp_path, files)
    assert found == {"GET /notes": "open", "GET /notes/:id": "?", "POST /notes": "to_sign_in", "GET /top": "open"}


def test_callbacks_that_a_class_method_of_a_concern_sets_count_for_who_calls_it(tmp_path: Path) -> None:
    notes = (
        "class NotesController < ApplicationController\n  include Confirmable\n  confirm_first\n"
        "  def index; end\n  def show; end\n  def create; end\nend\n"
    )
    tops = "class TopsController < ApplicationController\n  include Confirmable\n  confirm_first except: %i[show]\n  def show; end\nend\n"
    files = {**SIGNED_IN_ONLY, "app/controllers/notes_controller.rb": notes, "app/controllers/tops_controller.rb": tops}
    found = route_projects.of(tmp_path, files)
    assert found == {"GET /notes": "to_sign_in", "GET /notes/:id": "to_sign_in", "POST /notes": "to_sign_in", "GET /top": "open"}


@pytest.mark.parametrize(
    ("lifted", "guard"), [("skip_authorization_check", "authenticate_user!"), ("allow_unauthenticated_access", "open")]
)
def test_what_lifts_the_check_of_rights_does_not_lift_who_is_asked_for(tmp_path: Path, lifted: str, guard: str) -> None:
    files = {
        "Gemfile": 'gem "rails"\n',
        "config/routes.rb": "Rails.application.routes.draw do\n  resources :notes, only: :index\nend\n",
        "app/controllers/application_controller.rb": (
            "class ApplicationController < ActionController::API\n  before_action :authenticate_user!\n  check_authorization\nend\n"
        ),
        "app/controllers/notes_controller.rb": f"class NotesController < ApplicationController\n  {lifted}\n  def index; end\nend\n",
    }
    assert route_projects.of(tmp_path, files) == {"GET /notes": guard}


def test_a_callback_that_sends_away_who_is_not_known_guards(tmp_path: Path) -> None:
    found = route_projects.of(
        tmp_path,
        {
            "config/routes.rb": "Rails.application.routes.draw do\n  resources :orders, only: [:destroy]\nend\n",
            "app/controllers/orders_controller.rb": (
                "class OrdersController < ApplicationController\n  before_action :authenticated\n\n  def destroy\n  end\n\n"
                "  private\n\n  def authenticated\n    redirect_to root_url and reset_session if !current_user\n  end\nend\n"
            ),
        },
    )
    assert found == {"DELETE /orders/:id": "authenticated"}
