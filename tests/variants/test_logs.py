"""The log: one JSON object a line, with the trace of the caller, without anything that must not be kept. Runs after the others."""

import re
import time
from typing import Any

import pytest
from contract_suite.client import Api, Person, moment
from contract_suite.service import Service

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
EMAIL = re.compile(r"[\w.%+-]+@[\w-]+\.[\w.]+")
JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}\.")


def requests_of(service: Service, trace: str, limit: float = 5.0) -> list[dict[str, Any]]:
    """The request lines of a trace; a log may be written a little later than the answer."""
    until = time.monotonic() + limit
    while True:
        found = [line for line in service.lines() if line.get("trace_id") == trace and "http.request.method" in line]
        if found or time.monotonic() > until:
            return found
        time.sleep(0.05)


def trace(number: int) -> str:
    return f"{time.time_ns():024x}{number:08x}"


def parent(trace_id: str) -> dict[str, str]:
    return {"traceparent": f"00-{trace_id}-{PARENT}-01"}


def test_a_request_has_one_line_with_its_template(service: Service, owner: Person) -> None:
    event, id_ = owner.draft(), trace(1)

    owner.get(f"/events/{event['id']}?limit=5", 200, headers=parent(id_))

    (line,) = requests_of(service, id_)
    assert (line["http.request.method"], line["http.response.status_code"]) == ("GET", 200)
    assert re.fullmatch(r"/events/[{:<]?\w+[}>]?", line["http.route"])
    assert event["id"] not in line["http.route"]
    assert 0 <= line["duration_ms"] < 20000
    assert line["span_id"] != PARENT
    assert re.fullmatch(r"[0-9a-f]{16}", line["span_id"])
    assert set(line["level"].lower()) <= set("abcdefghijklmnopqrstuvwxyz")
    assert abs(moment(line["time"]).timestamp() - time.time()) < 60
    assert line["message"]


@pytest.mark.parametrize("status", [401, 404, 405, 422])
def test_refused_requests_have_their_line_too(service: Service, owner: Person, status: int) -> None:
    id_ = trace(status)
    method, path, token = {
        401: ("GET", "/me", ""),
        404: ("GET", "/nothing", owner.access),
        405: ("PUT", "/me", owner.access),
        422: ("GET", "/events?limit=0", owner.access),
    }[status]

    service.api.request(method, path, status, token=token, headers=parent(id_))

    assert [line["http.response.status_code"] for line in requests_of(service, id_)] == [status]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE[:-1]}-{PARENT}-01",
    ],
)
def test_a_broken_traceparent_begins_a_new_trace(service: Service, value: str) -> None:
    before = len(service.lines())

    service.api.request("GET", "/health/live", 200, headers={"traceparent": value})
    service.api.request("GET", "/health/live", 200)

    time.sleep(0.2)
    seen = [line["trace_id"] for line in service.lines()[before:] if line.get("http.route") == "/health/live"]
    assert len(seen) == len(set(seen)) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}", trace_id) and trace_id != "0" * 32 for trace_id in seen)
    assert TRACE not in seen


def test_a_fault_is_logged_with_its_reason_and_its_trace(service: Service, owner: Person) -> None:
    """What the caller must not see, the log must show."""
    id_ = trace(7)
    service.database.execute("ALTER TABLE bookings RENAME TO bookings_gone")
    try:
        headers = {"Authorization": f"Bearer {owner.access}", **parent(id_)}
        answer = owner.api._session().get(owner.api.url + "/bookings", headers=headers, timeout=20)
    finally:
        service.database.execute("ALTER TABLE bookings_gone RENAME TO bookings")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    requests_of(service, id_)
    errors = [line for line in service.lines() if line.get("trace_id") == id_ and line["level"].lower() in {"error", "critical", "fatal"}]
    assert errors
    assert "bookings" in str(errors)


def test_secrets_of_a_request_stay_out_of_the_log(service: Service, api: Api) -> None:
    guest = api.person()
    id_ = trace(9)
    api.request("POST", "/auth/login", 401, json={"email": guest.email, "password": "hunter2-hunter2"}, headers=parent(id_))
    api.request("GET", "/me", 401, token="tok3n-that-is-none", headers={**parent(id_), "Cookie": "session=c00kie-value"})
    api.request(
        "POST", "/accounts", 422, json={"email": "not an address", "password": "pass-phrase-in-a-fault", "extra": 1}, headers=parent(id_)
    )
    api.request("POST", "/auth/refresh", 401, json={"refresh_token": "refr3sh-that-is-none"}, headers=parent(id_))
    requests_of(service, id_)
    said = service.said()

    for secret in (
        "hunter2-hunter2",
        "tok3n-that-is-none",
        "c00kie-value",
        "pass-phrase-in-a-fault",
        "refr3sh-that-is-none",
        guest.email,
        guest.password,
        guest.refresh,
        guest.access,
    ):
        assert secret not in said, f"{secret[:6]}… is in the log"


def test_every_line_of_the_whole_run_is_an_object_with_time_level_and_message(service: Service) -> None:
    lines = service.lines()

    assert len(lines) > 4
    assert [line for line in lines if not {"time", "level", "message"} <= set(line)] == []
    assert [line for line in lines if "http.route" in line and not (line.get("trace_id") and line.get("span_id"))] == []


def test_no_line_of_the_whole_run_holds_a_secret_or_an_address(service: Service) -> None:
    said = service.said()
    settings = [service.settings["JWT_SECRET"], service.settings["WEBHOOK_SECRET"]]

    assert [secret[:4] for secret in settings if secret in said] == []
    assert sorted(set(EMAIL.findall(said)))[:5] == []
    assert JWT.findall(said)[:1] == []
    assert re.findall(r"\$argon2\S*", said)[:1] == []
    assert re.findall(r"(?i)bearer +[\w-]{8,}", said)[:1] == []
