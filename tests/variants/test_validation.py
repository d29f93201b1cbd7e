"""Every bound from both sides, and everything that is no request at all: refused in one shape, never a 500."""

import json
import secrets
from typing import Any

import pytest
import requests
from contract_suite import contract
from contract_suite.client import JSON, Api, Person, new_event

LONG = "\U0001f3ba"
"""One character of four bytes, two UTF-16 units: lengths count it as one."""

GOOD: list[JSON] = [
    {"title": "x"},
    {"title": "x" * 120},
    {"title": LONG * 120},
    {"title": " Jazz "},
    {"capacity": 1},
    {"capacity": 100000},
    {"price_cents": 0},
    {"price_cents": 10000000},
    {"currency": "GBP"},
    {"currency": "USD"},
    {"starts_at": "2000-01-01T00:00:00Z"},
    {"starts_at": "2199-12-31T23:59:59Z"},
    {"starts_at": "2031-01-01T00:00:00+14:00"},
    {"starts_at": "2031-01-01T00:00:00.123456Z"},
]

BAD: list[JSON] = [
    {"title": ""},
    {"title": "   "},
    {"title": "x" * 121},
    {"title": LONG * 121},
    {"title": "a\0b"},
    {"title": None},
    {"title": 7},
    {"title": ["x"]},
    {"title": {}},
    {"capacity": 0},
    {"capacity": -1},
    {"capacity": 100001},
    {"capacity": 2**31},
    {"capacity": 2**63},
    {"capacity": 1.5},
    {"capacity": "10"},
    {"capacity": True},
    {"capacity": None},
    {"price_cents": -1},
    {"price_cents": 10000001},
    {"price_cents": 19.99},
    {"price_cents": "1999"},
    {"currency": "eur"},
    {"currency": "CHF"},
    {"currency": ""},
    {"currency": None},
    {"starts_at": "2031-01-01T00:00:00"},
    {"starts_at": "2031-01-01"},
    {"starts_at": "tomorrow"},
    {"starts_at": ""},
    {"starts_at": 1924992000},
    {"starts_at": "2031-13-01T00:00:00Z"},
    {"starts_at": "2031-02-30T00:00:00Z"},
    {"starts_at": "1999-12-31T23:59:59Z"},
    {"starts_at": "2201-01-01T00:00:01Z"},
    {"starts_at": "9999-12-31T23:59:59Z"},
    {"starts_at": "2031-01-01T25:00:00Z"},
    {"starts_at": "2031-01-01T00:00:00Z\0"},
    {"id": "00000000-0000-4000-8000-000000000000"},
    {"owner_id": "00000000-0000-4000-8000-000000000000"},
    {"status": "published"},
    {"seats_booked": 0},
    {"version": 9},
]


def named(fields: JSON) -> str:
    (name, value) = next(iter(fields.items()))
    return f"{name}={ascii(value)[:24]}"


@pytest.mark.parametrize("fields", GOOD, ids=named)
def test_what_is_within_the_bounds_is_taken(owner: Person, fields: JSON) -> None:
    event = owner.draft(**fields)

    (name, value) = next(iter(fields.items()))
    assert event[name] == value or name == "starts_at"
    owner.change(event, **fields)


@pytest.mark.parametrize("fields", BAD, ids=named)
def test_what_is_out_of_bounds_is_named(owner: Person, fields: JSON) -> None:
    field = next(iter(fields))
    event = owner.draft()

    made = owner.post("/events", 422, code="invalid", json=new_event(**fields))
    changed = owner.request("PATCH", f"/events/{event['id']}", 422, code="invalid", headers={"If-Match": '"1"'}, json=fields)

    for answer in (made, changed):
        assert f"/{field}" in [error["pointer"] for error in answer.json()["errors"]]
    assert owner.get(f"/events/{event['id']}", 200).json() == event


@pytest.mark.parametrize("field", ["title", "starts_at", "capacity", "price_cents", "currency"])
def test_a_field_that_is_missing_is_named(owner: Person, field: str) -> None:
    body = {name: value for name, value in new_event().items() if name != field}

    answer = owner.post("/events", 422, code="invalid", json=body)

    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]


def test_all_faults_are_named_at_once(owner: Person) -> None:
    answer = owner.post("/events", 422, json=new_event(title="", capacity=0, currency="CHF"))

    assert {error["pointer"] for error in answer.json()["errors"]} == {"/title", "/capacity", "/currency"}


def test_a_change_of_nothing_is_refused(owner: Person) -> None:
    owner.change(owner.draft(), 422, code="invalid")


@pytest.mark.parametrize("seats", [0, -1, 11, 2**40, "1", 1.5, None, True, [1]], ids=str)
def test_seats_out_of_bounds_are_refused(owner: Person, guest: Person, seats: object) -> None:
    event = owner.published()

    answer = guest.book(event, seats, expect=422, code="invalid")  # type: ignore[arg-type]

    assert [error["pointer"] for error in answer.json()["errors"]] == ["/seats"]


@pytest.mark.parametrize(
    "change",
    [
        {"email": "no-at-sign"},
        {"email": "a@b"},
        {"email": "a@@b.org"},
        {"email": "two words@example.org"},
        {"email": ""},
        {"email": "a" * 250 + "@b.org"},
        {"email": "a\0@example.org"},
        {"email": 7},
        {"password": "x" * 11},
        {"password": LONG * 11},
        {"password": "x" * 129},
        {"password": "x" * 12 + "\0"},
        {"password": None},
        {"admin": True},
    ],
    ids=named,
)
def test_a_registration_out_of_bounds_is_refused(api: Api, change: JSON) -> None:
    body = {"email": f"{secrets.token_hex(6)}@example.org", "password": "quite a long password", **change}

    answer = api.request("POST", "/accounts", 422, code="invalid", json=body)

    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{next(iter(change))}"]


@pytest.mark.parametrize(
    "password", ["x" * 12, "x" * 128, LONG * 12, LONG * 128, "  spaces count  "], ids=["12", "128", "12 long", "128 long", "spaces"]
)
def test_a_password_within_the_bounds_works(api: Api, password: str) -> None:
    body = {"email": f"{secrets.token_hex(6)}@example.org", "password": password}
    api.request("POST", "/accounts", 202, json=body)

    api.request("POST", "/auth/login", 200, json=body)
    api.request("POST", "/auth/login", 401, json={**body, "password": password[:-1]})


@pytest.mark.parametrize(
    "body",
    [
        {"email": "", "password": "x"},
        {"email": "x", "password": ""},
        {"email": "x"},
        {},
        {"email": "x" * 255, "password": "x"},
        {"email": "x", "password": "x" * 129},
    ],
    ids=str,
)
def test_credentials_out_of_bounds_are_refused(api: Api, body: JSON) -> None:
    api.request("POST", "/auth/login", 422, code="invalid", json=body)


def test_a_nul_in_credentials_or_a_token_is_no_server_error(api: Api) -> None:
    api.request("POST", "/auth/login", (401, 422), json={"email": "a\0b@example.org", "password": "x\0"})
    for path in ("/auth/refresh", "/auth/logout"):
        api.request("POST", path, (204, 401, 422), json={"refresh_token": "a\0b"})


WITH_BODY = [one for one in contract.operations() if "requestBody" in one.told]


def test_there_are_operations_with_a_body() -> None:
    assert len(WITH_BODY) == 7


@pytest.fixture
def ask(owner: Person) -> "Any":
    """Send raw bytes to an operation, with all that it needs besides."""

    def send(
        operation: contract.Operation, expect: "int | tuple[int, ...]", data: Any, code: str = "", media: "str | None" = "application/json"
    ) -> requests.Response:
        event = owner.draft() if operation.id == "changeEvent" else owner.published() if operation.id == "book" else {"id": ""}
        headers = {"If-Match": '"1"', "Idempotency-Key": secrets.token_hex(8), **({"Content-Type": media} if media else {})}
        return owner.request(operation.method, operation.path.format(event_id=event["id"]), expect, data=data, headers=headers, code=code)

    return send


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.id)
class TestBodies:
    @pytest.mark.parametrize("data", [b"", b"{", b'{"a": }', b"{'a': 1}", b"\xff\xfe", b'{"a": 1} x', b"nonsense"], ids=repr)
    def test_what_is_no_json_is_malformed(self, ask: Any, operation: contract.Operation, data: bytes) -> None:
        ask(operation, 400, data, code="malformed")

    @pytest.mark.parametrize("data", [b"[]", b'"x"', b"1", b"null", b"true"], ids=repr)
    def test_json_that_is_no_object_is_refused(self, ask: Any, operation: contract.Operation, data: bytes) -> None:
        ask(operation, (400, 422), data)

    def test_deep_nesting_is_no_server_error(self, ask: Any, operation: contract.Operation) -> None:
        ask(operation, (400, 422), b'{"title": ' + b"[" * 20000 + b"]" * 20000 + b"}")

    def test_a_lone_surrogate_is_no_server_error(self, ask: Any, operation: contract.Operation) -> None:
        fields = {
            "title": "\ud800",
            "email": "\ud800@example.org",
            "password": "long enough \ud800",
            "refresh_token": "\ud800",
            "seats": "\ud800",
        }

        ask(
            operation,
            (202, 201, 200, 400, 401, 422, 204),
            json.dumps({name: fields[name] for name in fields if name in _properties(operation)}).encode(),
        )

    @pytest.mark.parametrize(
        "media", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", None], ids=str
    )
    def test_another_media_type_is_refused(self, ask: Any, operation: contract.Operation, media: str) -> None:
        ask(operation, 415, json.dumps(_body(operation)).encode(), code="unsupported_media_type", media=media)

    def test_a_charset_may_be_named(self, ask: Any, operation: contract.Operation) -> None:
        answer = ask(operation, None, json.dumps(_body(operation)).encode(), media="application/json; charset=utf-8")

        assert answer.status_code in {200, 201, 202, 204, 401}

    def test_a_body_over_the_limit_is_refused(self, ask: Any, operation: contract.Operation) -> None:
        whole = json.dumps({**_body(operation), "padding": "x" * 65536}).encode()

        ask(operation, 413, whole, code="payload_too_large")
        ask(
            operation, 413, (whole[at : at + 8192] for at in range(0, len(whole), 8192)), code="payload_too_large"
        )  # without Content-Length

    def test_a_body_at_the_limit_is_read(self, ask: Any, operation: contract.Operation) -> None:
        whole = json.dumps(_body(operation)).encode()

        answer = ask(operation, None, whole + b" " * (65536 - len(whole)))

        assert answer.status_code in {200, 201, 202, 204, 401}

    def test_an_unknown_field_is_refused(self, ask: Any, operation: contract.Operation) -> None:
        answer = ask(operation, 422, json.dumps({**_body(operation), "surprise": 1}).encode(), code="invalid")

        assert [error["pointer"] for error in answer.json()["errors"]] == ["/surprise"]


def _schema(operation: contract.Operation) -> Any:
    schema = operation.told["requestBody"]["content"]["application/json"]["schema"]
    return contract._followed(schema)


def _properties(operation: contract.Operation) -> list[str]:
    return list(_schema(operation)["properties"])


def _body(operation: contract.Operation) -> JSON:
    values = {
        **new_event(),
        "email": f"{secrets.token_hex(6)}@example.org",
        "password": "quite a long password",
        "refresh_token": "x" * 43,
        "seats": 1,
    }
    return {name: values[name] for name in _properties(operation)}


@pytest.mark.parametrize("path", ["/", "/nothing", "/events/", "/api/events", "/.env", "/docs", "/openapi.json", "/actuator/health"])
def test_an_unknown_path_is_a_problem(owner: Person, path: str) -> None:
    answer = owner.api._session().get(
        owner.api.url + path, headers={"Authorization": f"Bearer {owner.access}"}, timeout=20, allow_redirects=False
    )

    assert answer.status_code == 404, contract.shown(answer)
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("path", sorted({one.path for one in contract.operations()}))
def test_a_wrong_method_is_a_problem_and_the_right_ones_are_named(owner: Person, path: str) -> None:
    right = {one.method for one in contract.operations() if one.path == path}
    filled = path.format(event_id=owner.draft()["id"], booking_id="00000000-0000-4000-8000-000000000000")

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - right:
        answer = owner.request(method, filled, 405, code="method_not_allowed")

        allowed = {word.strip() for word in answer.headers["allow"].split(",")}
        assert right <= allowed <= right | {"HEAD", "OPTIONS"}, (method, allowed)


def test_answers_do_not_tell_what_serves_them(api: Api) -> None:
    answer = api.request("GET", "/health/live", 200)

    assert "x-powered-by" not in answer.headers
    assert not any(character.isdigit() for character in answer.headers.get("server", ""))
