"""Routes of Rust: routers across files, and who guards them."""

import pathlib

import pytest

import route_projects

IMPORTED = "pub async fn list(user: AuthUser) {}\n"  # Nothing of a router: read only where something leads there.


def test_every_route_of_a_project_is_found_with_its_full_path_and_guard() -> None:
    route_projects.check("routes-axum")


def test_a_handler_that_nothing_mounts_has_its_own_path_even_where_other_scopes_are(tmp_path: pathlib.Path) -> None:
    text = '#[get("/lost")]\nasync fn lost() -> String { String::new() }\nfn other() -> Scope { web::scope("/a") }\n'
    assert route_projects.of(tmp_path, {"src/lost.rs": text}) == {"GET /lost": "?"}


def test_services_of_a_configure_function_are_mounted_once_below_their_scopes(tmp_path: pathlib.Path) -> None:
    text = (
        '#[get("/posts")]\nasync fn posts() -> String { String::new() }\n#[get("/inner")]\nasync fn inner() -> String { String::new() }\n'
        'fn configure(cfg: &mut web::ServiceConfig) {\n  cfg.service(web::scope("/api").service(posts));\n'
        '  cfg.service(web::scope("/a").service(web::scope("/b").service(inner)));\n}\n'
    )
    assert route_projects.of(tmp_path, {"src/main.rs": text}) == {"GET /a/b/inner": "open", "GET /api/posts": "open"}


def test_a_layer_around_the_whole_application_is_never_lost(tmp_path: pathlib.Path) -> None:
    text = (
        '#[get("/x")]\nasync fn x() -> String { String::new() }\n'
        "fn main() { HttpServer::new(|| App::new().wrap(Unheard::new()).service(x)).run() }\n"
    )
    assert route_projects.of(tmp_path, {"src/main.rs": text}) == {"GET /x": "?"}


def test_routes_of_another_file_mount_where_that_file_is_called(tmp_path: pathlib.Path) -> None:
    files = {}
    for name in ("one", "two"):
        files[f"{name}/src/main.rs"] = f'fn rocket() -> _ {{ rocket::build().mount("/{name}", routes::routes()) }}\n'
        files[f"{name}/src/routes.rs"] = "pub fn routes() -> Vec<Route> { routes![users::list] }\n"
        files[f"{name}/src/users.rs"] = f'#[get("/items-{name}")]\npub fn list() -> &\'static str {{ "" }}\n'
    assert route_projects.of(tmp_path, files) == {"GET /one/items-one": "open", "GET /two/items-two": "open"}


def test_fallbacks_filters_and_services_are_routes_and_files_are_none(tmp_path: pathlib.Path) -> None:
    text = (
        "async fn any_one() {}\nfn app() -> Router {\n  Router::new()\n"
        '    .route("/on", on(MethodFilter::GET.or(MethodFilter::POST), any_one))\n    .route("/svc", get_service(thing))\n'
        '    .route_service("/file", ServeFile::new("a"))\n    .nest_service("/rpc", rpc)\n    .nest_service("/assets", ServeDir::new("a"))\n'
        "    .fallback(any_one)\n}\n"
    )
    expected = ["ANY /rpc/{*path}", "ANY /{*path}", "GET /on", "GET /svc", "POST /on"]
    assert sorted(route_projects.of(tmp_path, {"src/main.rs": text})) == expected


AXUM = 'use crate::guard::{self, User};\nasync fn me(user: User) {}\nfn app() -> Router { Router::new().route("/me", get(me)) }\n'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let t = bearer(parts).ok_or(StatusCode::UNAUTHORIZED)?; Ok(User { t })", "User"),
        ("let t = bearer(parts).map_err(|_| AuthError::InvalidToken)?; Ok(User(t))", "User"),
        ("Ok(User { t: bearer(parts) })", "?"),
        ("let t = body(parts).ok_or(StatusCode::BAD_REQUEST)?; Ok(User { t })", "?"),
        ("if bad(parts) { return Err(StatusCode::UNAUTHORIZED); } Ok(User(None))", "?"),
        ("let c = Claims::from_request_parts(parts, state).await?; Ok(User(c))", "User"),
    ],
)
def test_an_extractor_is_a_guard_only_where_it_can_turn_somebody_away(tmp_path: pathlib.Path, body: str, expected: str) -> None:
    guard = (
        "impl<S> FromRequestParts<S> for Claims {\n  async fn from_request_parts(p: &mut Parts, s: &S) -> Result<Self, E> {"
        " Err(StatusCode::UNAUTHORIZED) }\n}\n"
        f"impl<S> FromRequestParts<S> for User {{\n  async fn from_request_parts(parts: &mut Parts, s: &S) -> Result<Self, E> {{ {body} }}\n}}\n"
    )
    assert route_projects.of(tmp_path, {"src/main.rs": AXUM, "src/guard.rs": guard}) == {"GET /me": expected}


@pytest.mark.parametrize(
    ("body", "expected"),
    [("if bad(&r) { return Err(StatusCode::UNAUTHORIZED); } Ok(next.run(r).await)", "require_auth"), ("Ok(next.run(r).await)", "?")],
)
def test_a_middleware_function_guards_only_where_it_can_turn_somebody_away(tmp_path: pathlib.Path, body: str, expected: str) -> None:
    text = (
        f"async fn require_auth(r: Request, next: Next) -> Result<Response, StatusCode> {{ {body} }}\nasync fn a() {{}}\n"
        "fn app(state: State) -> Router {\n"
        '  Router::new().route("/a", get(a)).layer(from_fn_with_state(state, require_auth)).route("/b", get(a))\n}\n'
    )
    assert route_projects.of(tmp_path, {"src/main.rs": text}) == {"GET /a": expected, "GET /b": "open"}


def test_a_handler_brought_in_by_use_is_the_one_of_that_module(tmp_path: pathlib.Path) -> None:
    files = {
        "src/main.rs": 'use crate::handlers::{notes::list, users};\nfn app() -> Router { Router::new().route("/n", get(list)).route("/u", get(users::list)) }\n',
        "src/handlers/notes.rs": "pub async fn list() {}\n",
        "src/handlers/users.rs": IMPORTED,
        "src/a.rs": IMPORTED,
    }
    assert route_projects.of(tmp_path, files) == {"GET /n": "open", "GET /u": "?"}


def test_a_handler_that_nothing_mounts_has_its_own_path_where_no_prefix_can_come_from(tmp_path: pathlib.Path) -> None:
    text = '#[get("/lost")]\nasync fn lost() -> String { String::new() }\n'
    assert route_projects.of(tmp_path, {"src/lost.rs": text}) == {"GET /lost": "?"}


def test_configure_functions_of_other_crates_are_found_by_the_name_of_their_package(tmp_path: pathlib.Path) -> None:
    files = {
        "server/Cargo.toml": '[package]\nname = "server"\n',
        "server/src/main.rs": (
            "fn main() { HttpServer::new(|| { let app = App::new(); app.configure(|cfg| my_api::config(cfg, &limit)).configure(|c| my_feeds::config(c)) }) }\n"
        ),
    }
    for name, folder in (("my-api", "crates/api"), ("my-feeds", "crates/feeds")):
        files[f"{folder}/Cargo.toml"] = f'[package]\nversion = "1"\nname = "{name}"\n'
        files[f"{folder}/src/lib.rs"] = (
            "use actix_web::web::*;\nasync fn all() {}\npub fn config(cfg: &mut ServiceConfig) {\n"
            f'  cfg.service(scope("/{name}").route("", get().to(all)).service(resource("/x").route(post().to(all))));\n}}\n'
        )
    expected = {"GET /my-api": "open", "POST /my-api/x": "open", "GET /my-feeds": "open", "POST /my-feeds/x": "open"}
    assert route_projects.of(tmp_path, files) == expected


def test_mounts_below_a_base_path_renamed_functions_and_request_guards_are_followed(tmp_path: pathlib.Path) -> None:
    files = {
        "src/main.rs": "mod api;\nmod auth;\n\nfn rocket() {\n    let basepath = &CONFIG.domain_path();\n"
        '    rocket::build().mount([basepath, "/api"].concat(), api::note_routes())\n}\n',
        "src/api/mod.rs": "mod notes;\npub use notes::routes as note_routes;\n",
        "src/api/notes.rs": "use rocket::Route;\n\npub fn routes() -> Vec<Route> {\n    let mut all = Vec::new();\n    all.append(&mut open_routes());\n"
        "    all.append(&mut routes![mine]);\n    all\n}\n\nfn open_routes() -> Vec<Route> {\n    routes![count]\n}\n\n"
        '#[get("/notes/count")]\nfn count() -> String {\n    String::new()\n}\n\n#[get("/notes")]\nfn mine(headers: Headers) -> String {\n    String::new()\n}\n',
        "src/auth.rs": "impl<'r> FromRequest<'r> for Headers {\n    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {\n"
        '        match request.headers().get_one("Authorization") {\n            Some(a) => Outcome::Success(Headers {}),\n'
        '            None => err_handler!("No token"),\n        }\n    }\n}\n',
    }
    assert route_projects.of(tmp_path, files) == {"GET /api/notes": "Headers", "GET /api/notes/count": "open"}


def test_a_function_called_get_does_not_hide_the_one_of_the_framework(tmp_path: pathlib.Path) -> None:
    text = (
        "use axum::{Router, routing::{get, post}};\n\nfn app(cfg: Config) -> Router {\n"
        '    let api = Router::new().route("/notes", get(notes::get).post(notes::add));\n    Router::new().nest(&cfg.base_uri, api)\n}\n'
    )
    notes = "use axum::Router;\npub async fn get() -> String { String::new() }\npub async fn add() -> String { String::new() }\n"
    assert list(route_projects.of(tmp_path, {"src/main.rs": text, "src/notes.rs": notes})) == ["GET /notes", "POST /notes"]


def test_a_chain_of_hundreds_of_routes_is_read_to_its_first_link(tmp_path: pathlib.Path) -> None:
    links = "".join(f'    .route("/r{at}", get(one).post(one))\n' for at in range(300))
    text = f"async fn one() {{}}\nfn app() -> Router {{\n  Router::new()\n{links}}}\n"
    found = route_projects.of(tmp_path, {"src/main.rs": text})
    assert len(found) == 600
    assert {found["GET /r0"], found["POST /r299"]} == {"open"}


def test_a_function_that_is_handed_a_router_keeps_its_routes(tmp_path: pathlib.Path) -> None:
    text = (
        "async fn a() {}\nfn cached<S>(router: Router<S>) -> Router<S> { router.layer(SetHeader::new()) }\n"
        'fn inner() -> Router { Router::new().route("/a", get(a)) }\n'
        'fn app() -> Router {\n  let router = Router::new().nest("/v1", inner());\n'
        '  let router = cached(router.layer(Compress::new())).route("/health", get(a));\n  router\n}\n'
    )
    assert sorted(route_projects.of(tmp_path, {"src/main.rs": text})) == ["GET /health", "GET /v1/a"]
