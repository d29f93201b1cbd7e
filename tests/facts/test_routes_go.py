"""Routes of Go projects: full paths over packages, and guards of groups in the order in which they are used."""

from pathlib import Path

import pytest

import route_projects
from backend_agent.facts.routes import go

GIN = 'package main\n\nimport "github.com/gin-gonic/gin"\n\n'


@pytest.mark.parametrize("name", ["routes-gin", "routes-go-mixed"])
def test_every_route_of_a_project_is_found_with_its_full_path_and_guard(name: str) -> None:
    route_projects.check(name)


def test_a_guard_of_a_group_covers_only_what_is_registered_after_it(tmp_path: Path) -> None:
    text = GIN + 'func main() {\n\tr := gin.New()\n\tr.GET("/a", h)\n\tr.Use(RequireAuth())\n\tr.GET("/b", h)\n}\n'
    assert route_projects.of(tmp_path, {"main.go": text}) == {"GET /a": "open", "GET /b": "RequireAuth"}


def test_a_rate_limit_and_an_optional_login_leave_a_route_open(tmp_path: Path) -> None:
    text = GIN + 'func main() {\n\tr := gin.New()\n\tr.Use(AuthRateLimit(), OptionalAuth(), cors.Default())\n\tr.GET("/a", h)\n}\n'
    assert route_projects.of(tmp_path, {"main.go": text}) == {"GET /a": "open"}


def test_a_group_from_an_unknown_caller_is_reported_and_keeps_its_routes(tmp_path: Path) -> None:
    text = GIN + 'func Register(g *gin.RouterGroup) { g.GET("/a", h) }\n\nfunc main() { Register(lib.Group()) }\n'
    assert route_projects.of(tmp_path, {"main.go": text}) == {"GET /{?}/a": "open"}
    assert route_projects.resolve(str(tmp_path))[1]


def test_a_helper_that_registers_is_seen_where_it_is_called(tmp_path: Path) -> None:
    text = (
        'package main\n\nimport "net/http"\n\nfunc add(m *http.ServeMux, path string, h http.HandlerFunc) {\n'
        '\tm.HandleFunc("GET "+path, h)\n}\n\n'
        'func main() {\n\tm := http.NewServeMux()\n\tadd(m, "/one", one)\n}\n'
    )
    (tmp_path / "main.go").write_text(text, encoding="utf-8")
    routes, _left = route_projects.resolve(str(tmp_path))
    assert [(r.method, r.path) for r in routes] == [("GET", "/one")]


def test_a_base_path_of_the_configuration_is_left_out_and_said(tmp_path: Path) -> None:
    text = (
        GIN
        + "type Config struct{ BasePath string }\n\nfunc Serve(c *Config) {\n\tr := gin.New()\n\tg := r.Group(c.BasePath)\n\t"
        + ('g.GET("/a", h)\n}\n')
    )
    assert route_projects.of(tmp_path, {"main.go": text}) == {"GET /a": "open"}
    assert "base path" in route_projects.resolve(str(tmp_path))[1][0].reason


def test_tests_and_files_without_routers_are_not_looked_into() -> None:
    assert not go.wants("a_test.go", 'r.GET("/x", h)')
    assert not go.wants("a.go", "package a\n\nfunc add(a, b int) int { return a + b }\n")


@pytest.mark.parametrize("text", ["func main() {", "func main() { r := gin.New(); r.GET( }", "func f() { f() }\n\nfunc main() { f() }"])
def test_broken_sources_give_no_error(tmp_path: Path, text: str) -> None:
    route_projects.of(tmp_path, {"main.go": GIN + text})
