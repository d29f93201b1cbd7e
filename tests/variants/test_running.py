"""Health, and a stop that loses nothing."""

import socket
import threading
import time

import pytest
import requests
from contract_suite import contract
from contract_suite.client import Api
from contract_suite.service import StartService
from contract_suite.webhook import Receiver


def test_health_needs_no_login(api: Api) -> None:
    assert api.request("GET", "/health/live", 200).json() == {"status": "ok"}
    assert api.request("GET", "/health/ready", 200).json() == {"status": "ok"}


def test_readiness_follows_the_database_and_life_does_not(start_service: StartService) -> None:
    service = start_service()
    person = service.api.person()

    with service.database.away():
        service.api.wait_until("/health/ready", 503, 10)
        asked = time.monotonic()
        answer = service.api.request("GET", "/health/ready", 503, code="unavailable")
        took = time.monotonic() - asked
        service.api.request("GET", "/health/live", 200)
        failed = requests.get(service.api.url + "/bookings", headers={"Authorization": f"Bearer {person.access}"}, timeout=20)

    assert took < 6
    assert "detail" in answer.json()
    assert failed.status_code in {500, 503}
    assert failed.json()["code"] in {"internal", "unavailable"}
    assert not contract._INNARDS.search(failed.text)
    service.api.wait_until("/health/ready", 200, 15)
    person.get("/bookings", 200)
    service.stop()


def test_a_pool_survives_that_its_connections_are_cut(start_service: StartService) -> None:
    service = start_service()
    person = service.api.person()
    person.draft()

    service.database.end_connections()
    service.api.wait_until("/health/ready", 200, 10)

    person.draft()


def test_a_stop_lets_a_waiting_request_end(start_service: StartService) -> None:
    service = start_service()
    guest, event = service.api.person(), service.api.person().published()
    answers: list[requests.Response] = []

    with service.database.locked(("events", event["id"])) as held:
        thread = threading.Thread(target=lambda: answers.append(guest.book(event)))
        thread.start()
        assert held.wait_for(1, limit=10) == 1
        service.terminate()
        wait_until_refused(service.port)
        held.release()
        thread.join(20)

    assert [answer.status_code for answer in answers] == [201]
    assert service.wait() == 0
    assert service.database.value("SELECT count(*) FROM bookings") == 1


def wait_until_refused(port: int) -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("new connections are taken 5 s after SIGTERM")


def test_a_stop_does_not_wait_longer_than_ten_seconds_for_a_request(start_service: StartService) -> None:
    service = start_service()
    guest, event = service.api.person(), service.api.person().published()

    with service.database.locked(("events", event["id"])) as held:
        thread = threading.Thread(target=lambda: _quietly(lambda: guest.book(event)))
        thread.start()
        assert held.wait_for(1, limit=10) == 1
        begun = time.monotonic()
        service.terminate()
        service.wait(limit=14)
        took = time.monotonic() - begun
        held.release()
        thread.join(20)

    assert took < 14
    assert service.database.value("SELECT count(*) FROM bookings") == 0


def _quietly(call: object) -> None:
    try:
        call()  # type: ignore[operator]
    except (requests.RequestException, AssertionError):
        return


def test_the_worker_ends_its_row_before_the_process_ends(start_service: StartService, receiver: Receiver) -> None:
    service = start_service(OUTBOX_POLL_MS="50", WEBHOOK_URL=receiver.url, WEBHOOK_TIMEOUT_MS="5000")
    event = service.api.person().published()
    receiver.slow(event["id"], 1.0)
    service.api.person().book(event)
    receiver.wait_for(event["id"], 1)

    service.stop()

    assert service.database.rows("SELECT attempts, delivered_at IS NOT NULL FROM outbox") == [(1, True)]


def test_a_stop_of_an_idle_service_is_quick(start_service: StartService) -> None:
    service = start_service()
    keep_alive = requests.Session()
    keep_alive.get(service.api.url + "/health/live", timeout=10)
    begun = time.monotonic()

    service.stop()

    assert time.monotonic() - begun < 6
