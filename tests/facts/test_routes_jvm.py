"""Routes of Spring and Ktor: full paths across files, and who guards them."""

import pathlib

import pytest

import route_projects

PROJECTS = ["routes-ktor", "routes-spring"]


@pytest.mark.parametrize("name", PROJECTS)
def test_every_route_of_a_project_is_found_with_its_full_path_and_guard(name: str) -> None:
    route_projects.check(name)


def test_a_client_of_another_service_is_no_route(tmp_path: pathlib.Path) -> None:
    text = 'import x;\n@FeignClient("users")\ninterface Users {\n  @GetMapping("/users")\n  String all();\n}\n'
    assert route_projects.of(tmp_path, {"src/main/java/Users.java": text}) == {}


def test_a_route_beside_a_security_configuration_is_neither_open_nor_guarded(tmp_path: pathlib.Path) -> None:
    files = {
        "src/main/java/A.java": '@RestController\nclass A {\n  @GetMapping("/a")\n  String a() { return ""; }\n}\n',
        "src/main/java/SecurityConfig.java": "class SecurityConfig {\n  SecurityFilterChain chain(HttpSecurity http) { return http.build(); }\n}\n",
    }
    assert route_projects.of(tmp_path, files) == {"GET /a": "?"}
