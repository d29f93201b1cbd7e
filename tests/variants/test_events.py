"""Events: their states, their versions, and the rules that hold a change."""

import datetime

import pytest
from contract_suite.client import Person, moment, new_event, soon, statuses, together
from contract_suite.database import Database


def test_a_new_event_is_a_draft_of_version_one(owner: Person) -> None:
    answer = owner.post("/events", 201, json=new_event(title="Jazz", capacity=7, price_cents=1999))

    event = answer.json()
    assert (event["owner_id"], event["title"], event["capacity"], event["seats_left"]) == (owner.id, "Jazz", 7, 7)
    assert (event["price_cents"], event["currency"], event["status"], event["version"]) == (1999, "EUR", "draft", 1)
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"].endswith(f"/events/{event['id']}")
    assert owner.get(f"/events/{event['id']}", 200).json() == event


def test_moments_are_answered_in_utc(owner: Person) -> None:
    event = owner.draft(starts_at="2031-05-01T20:00:00.5+02:00")

    assert moment(event["starts_at"]) == datetime.datetime(2031, 5, 1, 18, 0, 0, 500000, datetime.timezone.utc)


def test_the_version_grows_with_each_change_and_stands_in_the_etag(owner: Person) -> None:
    event = owner.draft()
    path = f"/events/{event['id']}"

    seen = [
        owner.change(event, version=1, title="New"),
        owner.post(f"{path}/publish", 200),
        owner.change(event, version=3, capacity=20),
        owner.post(f"{path}/cancel", 200),
        owner.get(path, 200),
    ]

    assert [answer.json()["version"] for answer in seen] == [2, 3, 4, 5, 5]
    assert [answer.headers["etag"] for answer in seen] == ['"2"', '"3"', '"4"', '"5"', '"5"']


def test_a_change_touches_only_what_it_names(owner: Person) -> None:
    event = owner.draft()

    changed = owner.change(event, title="Late show").json()

    assert changed == {**event, "title": "Late show", "version": 2}


def test_a_change_without_a_version_is_refused(owner: Person) -> None:
    event = owner.draft()

    owner.request("PATCH", f"/events/{event['id']}", 428, code="precondition_required", json={"title": "New"})

    assert owner.get(f"/events/{event['id']}", 200).json() == event


@pytest.mark.parametrize("etag", ['"2"', '"0"', '"x"', '"11"'])
def test_a_change_of_another_version_is_refused(owner: Person, etag: str) -> None:
    event = owner.draft()

    owner.request("PATCH", f"/events/{event['id']}", 412, code="precondition_failed", headers={"If-Match": etag}, json={"title": "New"})

    assert owner.get(f"/events/{event['id']}", 200).json() == event


def test_of_parallel_changes_of_one_version_one_wins(owner: Person, database: Database) -> None:
    event = owner.draft()
    calls = [lambda number=number: owner.change(event, (200, 412), title=f"Title {number}") for number in range(5)]

    with database.locked(("events", event["id"])) as held:
        answers = together(calls, meanwhile=lambda: (held.wait_for(5), held.release()))

    assert statuses(answers) == {200: 1, 412: 4}
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    assert owner.get(f"/events/{event['id']}", 200).json() == won
    assert won["version"] == 2


@pytest.mark.parametrize(
    ("state", "act"), [("published", "publish"), ("cancelled", "publish"), ("draft", "cancel"), ("cancelled", "cancel")]
)
def test_states_lead_only_forward(owner: Person, state: str, act: str) -> None:
    event = event_in(owner, state)

    owner.post(f"/events/{event['id']}/{act}", 409, code="invalid_state")

    assert owner.get(f"/events/{event['id']}", 200).json() == event


def test_of_parallel_cancellings_of_an_event_one_wins(owner: Person, database: Database) -> None:
    event = owner.published()

    with database.locked(("events", event["id"])) as held:
        calls = [lambda: owner.post(f"/events/{event['id']}/cancel", (200, 409))] * 4
        answers = together(calls, meanwhile=lambda: (held.wait_for(4), held.release()))

    assert statuses(answers) == {200: 1, 409: 3}
    assert owner.get(f"/events/{event['id']}", 200).json()["version"] == 3
    assert database.value("SELECT count(*) FROM outbox WHERE topic = 'event.cancelled' AND payload::text LIKE %s", f"%{event['id']}%") == 1


def test_an_event_that_has_begun_is_not_published(owner: Person) -> None:
    event = owner.draft(starts_at=soon(-1))

    owner.post(f"/events/{event['id']}/publish", 409, code="invalid_state")


def test_price_and_currency_are_fixed_by_publishing(owner: Person) -> None:
    event = owner.published()

    owner.change(event, 409, code="invalid_state", price_cents=1)
    owner.change(event, 409, code="invalid_state", currency="USD")
    owner.change(event, 200, title="Other title", starts_at=soon(40), capacity=11)


def test_price_and_currency_change_in_a_draft(owner: Person) -> None:
    changed = owner.change(owner.draft(), price_cents=1, currency="GBP").json()

    assert (changed["price_cents"], changed["currency"]) == (1, "GBP")


def test_a_cancelled_event_does_not_change(owner: Person) -> None:
    event = event_in(owner, "cancelled")

    owner.change(event, 409, code="invalid_state", title="Back again")


def test_capacity_does_not_fall_below_what_is_booked(owner: Person, guest: Person) -> None:
    event = owner.published(capacity=10)
    guest.book(event, 6)

    owner.change(event, 409, code="capacity_below_booked", capacity=5)
    shrunk = owner.change(event, capacity=6).json()

    assert (shrunk["capacity"], shrunk["seats_left"]) == (6, 0)


def test_a_cancelled_event_stays_readable_and_takes_no_bookings(owner: Person, guest: Person) -> None:
    event = event_in(owner, "cancelled")

    assert guest.get(f"/events/{event['id']}", 200).json()["status"] == "cancelled"
    guest.book(event, expect=409, code="invalid_state")


def event_in(owner: Person, state: str) -> dict[str, object]:
    if state == "draft":
        return owner.draft()
    event = owner.published()
    if state == "cancelled":
        event = owner.post(f"/events/{event['id']}/cancel", 200).json()
    return event
