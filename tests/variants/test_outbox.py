"""Messages to the outside: sent if and only if their cause was committed, signed, tried again, and never lost with a process."""

import threading
import time
import uuid

import pytest
from contract_suite import contract
from contract_suite.client import Person, moment
from contract_suite.database import Database
from contract_suite.service import Service, StartService
from contract_suite.webhook import Receiver

ATTEMPTS = 3
BACKOFF = 0.1
"""The main service's settings."""


def test_a_booking_is_told_signed_and_as_the_api_shows_it(service: Service, owner: Person, guest: Person, receiver: Receiver) -> None:
    event = owner.published()
    booking = guest.book(event, 2).json()

    (delivery,) = receiver.wait_for(event["id"], 1, "booking.created")

    assert delivery.signed_with(service.settings["WEBHOOK_SECRET"])
    assert set(delivery.json) == {"id", "type", "created_at", "data"}
    assert delivery.json["data"] == booking
    assert delivery.json["id"] == delivery.id == str(uuid.UUID(delivery.id))
    assert abs(int(delivery.headers["webhook-timestamp"]) - time.time()) < 30
    assert delivery.headers["content-type"].startswith("application/json")
    assert abs(moment(delivery.json["created_at"]).timestamp() - time.time()) < 60


def test_cancellings_are_told(owner: Person, guest: Person, receiver: Receiver) -> None:
    event = owner.published()
    booking = guest.book(event, 2).json()

    cancelled = guest.post(f"/bookings/{booking['id']}/cancel", 200).json()
    ended = owner.post(f"/events/{event['id']}/cancel", 200).json()

    (of_booking,) = receiver.wait_for(event["id"], 1, "booking.cancelled")
    (of_event,) = receiver.wait_for(event["id"], 1, "event.cancelled")
    assert of_booking.json["data"] == cancelled
    assert of_event.json["data"] == ended
    contract.held("Event", of_event.json["data"])


def test_what_is_delivered_is_marked_and_not_sent_again(owner: Person, guest: Person, receiver: Receiver, database: Database) -> None:
    event = owner.published()
    guest.book(event)
    (delivery,) = receiver.wait_for(event["id"], 1)

    wait_for_row(database, delivery.id, "delivered_at IS NOT NULL")
    time.sleep(0.5)

    assert len(receiver.of(event["id"])) == 1
    assert database.rows("SELECT attempts, failed_at FROM outbox WHERE id = %s", delivery.id) == [(1, None)]


def test_a_refused_or_replayed_booking_is_not_told(owner: Person, guest: Person, receiver: Receiver) -> None:
    event = owner.published(capacity=3)
    guest.book(event, 2, "once")
    guest.book(event, 2, "once")
    guest.book(event, 1, "twice", expect=409)
    owner.book(event, 2, expect=409)
    receiver.wait_for(event["id"], 1)

    time.sleep(0.5)

    assert len(receiver.of(event["id"])) == 1


def test_a_booking_that_is_rolled_back_is_not_told(owner: Person, guest: Person, receiver: Receiver, database: Database) -> None:
    """The commit fails after everything was written: nothing may be sent before or without it."""
    event = owner.published()
    database.execute(
        f"""CREATE FUNCTION no_commit() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF NEW.event_id = '{event["id"]}' THEN RAISE EXCEPTION 'refused at commit'; END IF; RETURN NULL; END $$"""
    )
    database.execute(
        "CREATE CONSTRAINT TRIGGER no_commit AFTER INSERT ON bookings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_commit()"
    )
    try:
        session = guest.api._session()
        headers = {"Authorization": f"Bearer {guest.access}", "Idempotency-Key": "late"}
        answer = session.post(f"{guest.api.url}/events/{event['id']}/bookings", json={"seats": 1}, headers=headers, timeout=20)
        time.sleep(0.5)
    finally:
        database.execute("DROP TRIGGER no_commit ON bookings")
        database.execute("DROP FUNCTION no_commit")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "refused at commit" not in answer.text
    assert receiver.of(event["id"]) == []
    assert owner.get(f"/events/{event['id']}", 200).json()["seats_left"] == 10


@pytest.mark.parametrize("first", [500, 404, 301, 307, 2.0], ids=["500", "404", "redirect", "redirect of a post", "hangs"])
def test_what_is_not_accepted_is_sent_again_with_the_same_id(
    owner: Person, guest: Person, receiver: Receiver, service: Service, first: "int | float"
) -> None:
    event = owner.published()
    receiver.behave(event["id"], first, 204)
    guest.book(event)

    one, two = receiver.wait_for(event["id"], 2)

    assert one.id == two.id
    assert one.body == two.body
    assert two.signed_with(service.settings["WEBHOOK_SECRET"])
    assert two.at - one.at >= BACKOFF / 2
    assert {delivery.path for delivery in receiver.deliveries} == {"/hook"}


def test_the_wait_grows_and_the_last_attempt_is_the_last(owner: Person, guest: Person, receiver: Receiver, database: Database) -> None:
    event = owner.published()
    receiver.behave(event["id"], 503)
    guest.book(event)

    sent = receiver.wait_for(event["id"], ATTEMPTS)
    wait_for_row(database, sent[0].id, "failed_at IS NOT NULL")
    time.sleep(5 * BACKOFF)

    row = database.rows("SELECT attempts, delivered_at, last_error FROM outbox WHERE id = %s", sent[0].id)[0]
    assert len(receiver.of(event["id"])) == ATTEMPTS
    assert row[:2] == (ATTEMPTS, None)
    assert "503" in row[2]
    assert sent[2].at - sent[1].at > BACKOFF
    assert len({delivery.id for delivery in sent}) == 1


def test_one_message_that_fails_does_not_hold_up_another(owner: Person, guest: Person, receiver: Receiver) -> None:
    bad, good = owner.published(), owner.published()
    receiver.behave(bad["id"], 500)
    guest.book(bad)
    guest.book(good)

    receiver.wait_for(good["id"], 1, limit=5)


def test_a_receiver_that_is_away_is_tried_until_it_is_back(start_service: StartService, receiver: Receiver) -> None:
    service = start_service(OUTBOX_POLL_MS="50", OUTBOX_BACKOFF_MS="50", OUTBOX_MAX_ATTEMPTS="2", WEBHOOK_URL="http://127.0.0.1:9/hook")
    event = service.api.person().published()
    service.api.person().book(event)

    wait_for(lambda: service.database.value("SELECT count(*) FROM outbox WHERE failed_at IS NOT NULL") == 1)

    assert service.database.rows("SELECT attempts, last_error IS NOT NULL FROM outbox") == [(2, True)]


def test_a_delivery_cut_by_a_crash_is_made_again_with_the_same_id(start_service: StartService, receiver: Receiver) -> None:
    settings = {"OUTBOX_POLL_MS": "50", "OUTBOX_LEASE_SECONDS": "2", "WEBHOOK_TIMEOUT_MS": "10000", "WEBHOOK_URL": receiver.url}
    first = start_service(**settings)
    event = first.api.person().published()
    receiver.behave(event["id"], 30.0, 204)
    first.api.person().book(event)
    (cut,) = receiver.wait_for(event["id"], 1)
    in_between = first.database.rows("SELECT attempts, delivered_at, available_at > now() FROM outbox")

    first.kill()
    start_service(beside=first, **settings)

    again = receiver.wait_for(event["id"], 2)[1]
    assert in_between == [(1, None, True)]
    assert again.id == cut.id
    assert again.at - cut.at >= 1.5  # the lease
    wait_for_row(first.database, cut.id, "delivered_at IS NOT NULL AND attempts = 2")


def test_no_transaction_is_open_while_the_receiver_thinks(owner: Person, guest: Person, receiver: Receiver, database: Database) -> None:
    event = owner.published()
    receiver.behave(event["id"], 0.8, 204)
    guest.book(event)
    receiver.wait_for(event["id"], 1)

    idle = database.value("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state LIKE 'idle in transaction%%'", database.name)

    assert idle == 0


def test_two_workers_deliver_each_message_once(service: Service, start_service: StartService, receiver: Receiver) -> None:
    settings = {"OUTBOX_POLL_MS": "20", "WEBHOOK_URL": receiver.url}
    one = start_service(**settings)
    other = start_service(beside=one, **settings)
    owner = one.api.person()
    guests = [one.api.person() for _ in range(4)]
    events = [owner.published() for _ in range(5)]

    threads = [threading.Thread(target=lambda g=guest: [g.book(event) for event in events]) for guest in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    wait_for(lambda: one.database.value("SELECT count(*) FROM outbox WHERE delivered_at IS NULL") == 0)

    ids = [delivery.id for event in events for delivery in receiver.of(event["id"])]
    assert len(ids) == len(set(ids)) == 20
    other.stop()


def wait_for_row(database: Database, row: str, condition: str) -> None:
    wait_for(lambda: database.value(f"SELECT count(*) FROM outbox WHERE id = %s AND {condition}", row) == 1)


def wait_for(condition: "object", limit: float = 10.0) -> None:
    until = time.monotonic() + limit
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, f"not within {limit:.0f} s"
        time.sleep(0.03)
