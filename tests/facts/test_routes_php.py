"""Routes of PHP projects: Laravel's groups and files, Slim's closures, Symfony's attributes, and the middleware before them."""

import re
from pathlib import Path

import pytest

import route_projects
from backend_agent import catalog
from backend_agent.facts.routes import _php_eval as php


@pytest.mark.parametrize("name", ["routes-laravel", "routes-symfony"])
def test_every_route_of_a_project_is_found_with_its_full_path_and_guard(name: str) -> None:
    route_projects.check(name)


def test_names_that_guard_are_recognised_and_their_neighbours_are_not() -> None:
    said = catalog.load("facts", "php")["guards"]
    names, free = re.compile(said["names"]), re.compile(said["open"])
    assert [name for name in said["matches"] if not names.match(name) or free.match(name)] == []
    assert [name for name in said["misses"] if names.match(name) and not free.match(name)] == []


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("/a/{id:[0-9]+}", "/a/{id}"),
        ("/a[/{page}]", "/a"),
        ("/a/{x:\\d{4}}/b", "/a/{x}/b"),
        ("/a/(:num)", "/a/{num}"),
    ],
)
def test_paths_lose_their_expressions_and_optional_ends(written: str, plain: str) -> None:
    assert php.plain(written) == plain


def test_a_new_laravel_application_loads_its_routing_files_from_bootstrap(tmp_path: Path) -> None:
    found = route_projects.of(
        tmp_path,
        {
            "composer.json": '{"require": {"laravel/framework": "^12.0"}}',
            "bootstrap/app.php": "<?php\nreturn Application::configure(basePath: dirname(__DIR__))\n"
            "  ->withRouting(api: __DIR__.'/../routes/api.php', apiPrefix: 'v1', health: '/up')\n"
            "  ->withMiddleware(function ($m) { $m->alias(['staff' => \\App\\OnlyStaffMiddleware::class]); })->create();\n",
            "routes/api.php": "<?php\nRoute::get('/open', fn () => 1);\nRoute::get('/closed', fn () => 1)->middleware('auth:sanctum');\n",
        },
    )
    assert found == {"GET /up": "open", "GET /v1/open": "open", "GET /v1/closed": "auth:sanctum"}


def test_slim_groups_give_their_prefix_and_middleware_to_what_they_hold(tmp_path: Path) -> None:
    found = route_projects.of(
        tmp_path,
        {
            "composer.json": '{"require": {"slim/slim": "^4"}}',
            "app/routes.php": "<?php\nuse App\\Users;\nreturn function (App $app) {\n"
            "  $app->get('/', Home::class);\n"
            "  $app->group('/users', function (Group $group) {\n    $group->get('/{id:[0-9]+}', Users::class . ':show');\n"
            "  })->add(AuthMiddleware::class);\n};\n",
        },
    )
    assert found == {"GET /": "?", "GET /users/{id}": "AuthMiddleware"}


def test_a_group_whose_prefix_is_not_known_keeps_its_routes(tmp_path: Path) -> None:
    text = "<?php\nRoute::prefix(tenant_prefix())->group(function () {\n  Route::get('x', fn () => 1);\n});\n"
    assert route_projects.of(tmp_path, {"routes/web.php": text}) == {"GET /{?}/x": "open"}


def test_middleware_that_turns_away_only_users_it_knows_is_no_guard(tmp_path: Path) -> None:
    body = "if (($request->user()) && (!$request->user()->isActivated())) { Auth::logout(); return redirect()->guest('login'); } return $next($request);"
    files = {
        "composer.json": '{"require": {"laravel/framework": "^11"}}',
        "app/Http/Middleware/CheckUserIsActive.php": "<?php\nnamespace App\\Http\\Middleware;\nclass CheckUserIsActive {\n"
        f"  public function handle($request, $next) {{ {body} }}\n}}\n",
        "app/Http/Kernel.php": "<?php\nnamespace App\\Http;\nclass Kernel extends HttpKernel {\n  protected $middlewareGroups = ['web' => "
        "[\\App\\Http\\Middleware\\CheckUserIsActive::class]];\n  protected $routeMiddleware = ['auth' => \\Illuminate\\Auth\\Middleware\\Authenticate::class];\n}\n",
        "routes/web.php": "<?php\nRoute::get('/login', [LoginController::class, 'show']);\n"
        "Route::get('/home', [HomeController::class, 'show'])->middleware('auth');\n",
    }
    assert route_projects.of(tmp_path, files) == {"GET /home": "auth", "GET /login": "?"}
