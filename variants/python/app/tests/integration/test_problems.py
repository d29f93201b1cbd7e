import httpx2
import pytest

from box_office.bootstrap import create_app
from tests.conftest import make_settings
from tests.integration.conftest import PASSWORD, People

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status", "code"),
    [
        ("GET", "/nothing", b"", {}, 404, "not_found"),
        ("GET", "/events/", b"", {}, 404, "not_found"),
        ("PUT", "/accounts", b"", {}, 405, "method_not_allowed"),
        ("POST", "/accounts", b"{", JSON, 400, "malformed"),
        ("POST", "/accounts", b"", JSON, 400, "malformed"),
        ("POST", "/accounts", b"\xff", JSON, 400, "malformed"),
        ("POST", "/accounts", b"{}", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        ("POST", "/accounts", b"{}", {}, 415, "unsupported_media_type"),
        ("POST", "/accounts", b" " * 65_537, JSON, 413, "payload_too_large"),
        ("POST", "/accounts", b"[]", JSON, 422, "invalid"),
        ("POST", "/accounts", b'{"email": "a@b.co", "password": "correct horse\\u0000battery"}', JSON, 422, "invalid"),
    ],
)
async def test_every_refusal_is_a_problem_document(
    client: httpx2.AsyncClient, method: str, path: str, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.request(method, path, content=content, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:problem:{code}"


async def test_who_has_no_token_learns_nothing_about_the_body(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/events", content=b"{", headers=JSON)

    assert answer.status_code == 401


async def test_a_wrong_method_is_told_all_right_ones(client: httpx2.AsyncClient) -> None:
    answer = await client.put("/events")

    assert answer.headers["Allow"] == "GET, POST"


async def test_each_wrong_value_is_pointed_at(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/accounts", json={"email": "nobody", "password": PASSWORD, "a/b": 1})

    assert [item["pointer"] for item in answer.json()["errors"]] == ["/email", "/a~1b"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", f"cursor={'x' * 501}"])
async def test_a_broken_page_request_is_invalid(people: People, query: str) -> None:
    ada = await people.new()

    answer = await ada.call("GET", f"/events?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_an_id_that_is_none_is_not_found(people: People) -> None:
    ada = await people.new()

    assert (await ada.call("GET", "/events/1")).json()["code"] == "not_found"


async def test_without_a_database_the_service_says_so() -> None:
    app = create_app(make_settings("postgresql://nobody@127.0.0.1:1/none"))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://box-office.test") as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")
        login = await client.post("/auth/login", json={"email": "a@b.co", "password": PASSWORD})

    assert (live.status_code, ready.status_code, login.status_code) == (200, 503, 503)
    assert login.json()["code"] == "unavailable"


async def test_an_unexpected_error_tells_the_caller_nothing(database_url: str) -> None:
    app = create_app(make_settings(database_url))

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the table is called secret_things")

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://box-office.test") as client:
        answer = await client.get("/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret_things" not in answer.text
