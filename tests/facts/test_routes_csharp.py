"""Routes of ASP.NET Core: controllers and minimal APIs across files, and who guards them."""

import pathlib

import route_projects


def test_every_route_of_a_project_is_found_with_its_full_path_and_guard() -> None:
    route_projects.check("routes-aspnet")


def test_a_fallback_policy_makes_a_route_neither_open_nor_guarded(tmp_path: pathlib.Path) -> None:
    text = 'var app = Build();\noptions.FallbackPolicy = policy;\napp.MapGet("/a", () => "a");\napp.MapGet("/b", () => "b").AllowAnonymous();\n'
    assert route_projects.of(tmp_path, {"Program.cs": text}) == {"GET /a": "?", "GET /b": "open"}


def test_an_extension_method_that_nobody_calls_has_routes_at_their_own_paths_with_unknown_guards(tmp_path: pathlib.Path) -> None:
    text = (
        "public static class Endpoints {\n  public static void MapNotes(this IEndpointRouteBuilder app) {\n"
        '    app.MapGet("/notes", () => "x");\n    app.MapPost("/notes", () => "x").RequireAuthorization();\n  }\n}\n'
    )
    found = route_projects.of(tmp_path, {"src/Endpoints.cs": text})
    assert found == {"GET /notes": "?", "POST /notes": "RequireAuthorization"}
    assert [u.line for u in route_projects.resolve(str(tmp_path))[1]] == [2]
