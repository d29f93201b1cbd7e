"""Routes of Rust: routers across files, and who guards them."""

import pathlib

import route_projects


def test_every_route_of_a_project_is_found_with_its_full_path_and_guard() -> None:
    route_projects.check("routes-axum")


def test_a_handler_that_nothing_mounts_has_an_unknown_path(tmp_path: pathlib.Path) -> None:
    text = '#[get("/lost")]\nasync fn lost() -> String { String::new() }\nfn other() -> Scope { web::scope("/a") }\n'
    assert route_projects.of(tmp_path, {"src/lost.rs": text}) == {"GET /{?}/lost": "?"}


def test_a_handler_that_nothing_mounts_has_its_own_path_where_no_prefix_can_come_from(tmp_path: pathlib.Path) -> None:
    text = '#[get("/lost")]\nasync fn lost() -> String { String::new() }\n'
    assert route_projects.of(tmp_path, {"src/lost.rs": text}) == {"GET /lost": "?"}
