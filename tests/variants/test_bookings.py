"""Bookings: the last seats, money, and an idempotency key that holds what it promises, under real parallel requests."""

import secrets

import pytest
import requests
from contract_suite.client import JSON, Api, Person, statuses, together
from contract_suite.database import Database


@pytest.fixture
def crowd(api: Api) -> list[Person]:
    return [api.person() for _ in range(6)]


def race(database: Database, event: JSON, calls: list[object], *more: tuple[str, str]) -> list[requests.Response]:
    """The calls at once while the event's row is held, so that all of them have read before the first one may write."""
    with database.locked(("events", event["id"]), *more) as held:
        return together(calls, meanwhile=lambda: (held.wait_for(len(calls)), held.release()))  # type: ignore[arg-type]


def seats_left(person: Person, event: JSON) -> int:
    left: int = person.get(f"/events/{event['id']}", 200).json()["seats_left"]
    return left


def test_a_booking_takes_seats_and_says_where_it_is(owner: Person, guest: Person) -> None:
    event = owner.published(capacity=10, price_cents=2550)

    answer = guest.book(event, 3)

    booking = answer.json()
    assert (booking["event_id"], booking["seats"], booking["total_cents"], booking["currency"]) == (event["id"], 3, 7650, "EUR")
    assert (booking["status"], booking["cancelled_at"]) == ("booked", None)
    assert "idempotency-replayed" not in answer.headers
    assert answer.headers["location"].endswith(f"/bookings/{booking['id']}")
    assert guest.get(f"/bookings/{booking['id']}", 200).json() == booking
    assert seats_left(guest, event) == 7


def test_money_is_exact_at_its_bounds(owner: Person, guest: Person, api: Api) -> None:
    dear, free = owner.published(price_cents=10_000_000), owner.published(price_cents=0)

    assert guest.book(dear, 10).json()["total_cents"] == 100_000_000
    assert guest.book(free, 10).json()["total_cents"] == 0


def test_the_last_seats_go_to_one(owner: Person, crowd: list[Person], database: Database) -> None:
    event = owner.published(capacity=2)

    answers = race(database, event, [lambda p=person: p.book(event, 2, expect=(201, 409)) for person in crowd])

    assert statuses(answers) == {201: 1, 409: len(crowd) - 1}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"sold_out"}
    assert seats_left(owner, event) == 0
    assert database.value("SELECT count(*) FROM bookings WHERE event_id = %s", event["id"]) == 1


def test_seats_are_counted_right_when_all_book_at_once(owner: Person, crowd: list[Person], database: Database) -> None:
    event = owner.published(capacity=100)

    answers = race(database, event, [lambda p=person: p.book(event, 3, expect=201) for person in crowd])

    assert statuses(answers) == {201: len(crowd)}
    assert seats_left(owner, event) == 100 - 3 * len(crowd)


def test_more_seats_than_left_are_sold_out(owner: Person, guest: Person, api: Api) -> None:
    event = owner.published(capacity=5)
    guest.book(event, 3)

    api.person().book(event, 3, expect=409, code="sold_out")
    api.person().book(event, 2)


def test_one_account_books_an_event_once(owner: Person, guest: Person) -> None:
    event = owner.published()
    guest.book(event)

    guest.book(event, expect=409, code="already_booked")

    assert seats_left(owner, event) == 9


def test_one_account_books_an_event_once_even_at_once(owner: Person, guest: Person, database: Database) -> None:
    event = owner.published()

    answers = race(database, event, [lambda: guest.book(event, expect=(201, 409))] * 5)

    assert statuses(answers) == {201: 1, 409: 4}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_booked"}
    assert seats_left(owner, event) == 9


def test_after_cancelling_one_may_book_again(owner: Person, guest: Person) -> None:
    event = owner.published()
    first = guest.book(event, 4).json()

    cancelled = guest.post(f"/bookings/{first['id']}/cancel", 200).json()
    again = guest.book(event, 2).json()

    assert (cancelled["status"], cancelled["cancelled_at"] is None) == ("cancelled", False)
    assert again["id"] != first["id"]
    assert seats_left(guest, event) == 8


def test_cancelling_gives_the_seats_back_once_even_at_once(owner: Person, guest: Person, database: Database) -> None:
    event = owner.published()
    booking = guest.book(event, 4).json()

    calls = [lambda: guest.post(f"/bookings/{booking['id']}/cancel", (200, 409))] * 5
    answers = race(database, event, calls, ("bookings", booking["id"]))  # type: ignore[arg-type]

    assert statuses(answers) == {200: 1, 409: 4}
    assert seats_left(owner, event) == 10
    guest.post(f"/bookings/{booking['id']}/cancel", 409, code="invalid_state")


def test_nothing_is_booked_or_cancelled_after_the_event_began(owner: Person, guest: Person, api: Api, database: Database) -> None:
    event = owner.published()
    booking = guest.book(event).json()
    database.execute("UPDATE events SET starts_at = now() - interval '1 minute' WHERE id = %s", event["id"])

    guest.post(f"/bookings/{booking['id']}/cancel", 409, code="invalid_state")
    api.person().book(event, expect=409, code="invalid_state")


def test_a_draft_of_ones_own_cannot_be_booked(owner: Person) -> None:
    owner.book(owner.draft(), expect=409, code="invalid_state")


def test_the_total_is_the_price_of_that_moment(owner: Person, guest: Person, database: Database) -> None:
    event = owner.published(price_cents=1000)
    booking = guest.book(event, 2).json()

    database.execute("UPDATE events SET price_cents = 9999 WHERE id = %s", event["id"])

    assert guest.get(f"/bookings/{booking['id']}", 200).json()["total_cents"] == 2000


class TestIdempotency:
    @pytest.fixture
    def key(self) -> str:
        return secrets.token_hex(12)

    @pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}], ids=["absent", "empty"])
    def test_a_key_is_demanded(self, owner: Person, guest: Person, headers: dict[str, str]) -> None:
        event = owner.published()

        guest.post(f"/events/{event['id']}/bookings", 400, code="idempotency_key_missing", json={"seats": 1}, headers=headers)

    @pytest.mark.parametrize("bad", ["a" * 256, "two words", "caf\u00e9"], ids=["long", "space", "not ASCII"])
    def test_a_key_that_is_none_is_refused(self, owner: Person, guest: Person, bad: str) -> None:
        event = owner.published()

        guest.post(f"/events/{event['id']}/bookings", (400, 422), json={"seats": 1}, headers={"Idempotency-Key": bad.encode("latin-1")})  # type: ignore[dict-item]

        assert seats_left(owner, event) == 10

    def test_the_longest_key_serves(self, owner: Person, guest: Person) -> None:
        guest.book(owner.published(), key="~" * 255)

    def test_the_same_request_again_is_answered_as_before(self, owner: Person, guest: Person, key: str) -> None:
        event = owner.published()
        first = guest.book(event, 2, key)

        again = guest.book(event, 2, key)

        assert again.json() == first.json()
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotency-replayed"] == "true"
        assert seats_left(owner, event) == 8

    def test_another_spelling_of_the_same_body_is_the_same_request(self, owner: Person, guest: Person, key: str) -> None:
        event = owner.published()
        first = guest.book(event, 2, key)
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}

        again = guest.post(f"/events/{event['id']}/bookings", 201, data='  {  "seats" :\n 2 } ', headers=headers)

        assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")

    def test_the_answer_is_replayed_after_the_booking_was_cancelled(self, owner: Person, guest: Person, key: str) -> None:
        event = owner.published()
        first = guest.book(event, 2, key).json()
        guest.post(f"/bookings/{first['id']}/cancel", 200)

        again = guest.book(event, 2, key)

        assert again.json() == first
        assert seats_left(owner, event) == 10

    def test_a_key_with_another_body_is_refused(self, owner: Person, guest: Person, key: str) -> None:
        event = owner.published()
        guest.book(event, 2, key)

        guest.book(event, 3, key, expect=422, code="idempotency_key_reused")

        assert seats_left(owner, event) == 8

    def test_a_key_belongs_to_its_account(self, owner: Person, guest: Person, api: Api, key: str) -> None:
        event = owner.published()
        first = guest.book(event, 2, key)

        other = api.person().book(event, 3, key)

        assert other.json()["id"] != first.json()["id"]
        assert "idempotency-replayed" not in other.headers

    def test_a_key_belongs_to_its_event(self, owner: Person, guest: Person, key: str) -> None:
        first = guest.book(owner.published(), 2, key)

        other = guest.book(owner.published(), 2, key)

        assert other.json()["id"] != first.json()["id"]
        assert "idempotency-replayed" not in other.headers

    def test_a_refused_request_leaves_its_key_free(self, owner: Person, guest: Person, api: Api, key: str) -> None:
        event = owner.published(capacity=2)
        booked = api.person()
        other = booked.book(event, 2).json()
        guest.book(event, 2, key, expect=409, code="sold_out")
        booked.post(f"/bookings/{other['id']}/cancel", 200)

        answer = guest.book(event, 1, key)

        assert "idempotency-replayed" not in answer.headers

    def test_the_same_request_at_once_is_carried_out_once(self, owner: Person, guest: Person, database: Database, key: str) -> None:
        event = owner.published()

        answers = race(database, event, [lambda: guest.book(event, 2, key)] * 5)

        assert statuses(answers) == {201: 5}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert sorted(answer.headers.get("idempotency-replayed", "") for answer in answers) == ["", "true", "true", "true", "true"]
        assert seats_left(owner, event) == 8

    def test_one_key_with_two_bodies_at_once_carries_out_one(self, owner: Person, guest: Person, database: Database, key: str) -> None:
        event = owner.published()

        answers = race(database, event, [lambda n=n: guest.book(event, n, key, expect=(201, 422)) for n in (1, 2, 3)])

        assert statuses(answers) == {201: 1, 422: 2}
        assert {answer.json()["code"] for answer in answers if answer.status_code == 422} == {"idempotency_key_reused"}

    def test_the_key_is_stored_with_the_effect_and_not_the_body(self, owner: Person, guest: Person, database: Database, key: str) -> None:
        event = owner.published()
        guest.book(event, 2, key)

        (route, digest, status) = database.rows("SELECT route, request_digest, response_status FROM idempotency_keys WHERE key = %s", key)[
            0
        ]

        assert event["id"] in route
        assert (len(bytes(digest)), status) == (32, 201)


def test_a_booking_that_fails_late_leaves_nothing_behind(owner: Person, guest: Person, database: Database) -> None:
    """The last statement of the transaction is made to fail: seats, booking, key and message go together or not at all."""
    for table in ("outbox", "idempotency_keys", "bookings"):
        event = owner.published()
        database.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
        try:
            answer = guest.api._session().post(
                f"{guest.api.url}/events/{event['id']}/bookings",
                json={"seats": 2},
                headers={"Authorization": f"Bearer {guest.access}", "Idempotency-Key": secrets.token_hex(8)},
                timeout=20,
            )
        finally:
            database.execute(f"ALTER TABLE {table}_gone RENAME TO {table}")

        assert (answer.status_code, answer.json()["code"]) == (500, "internal")
        assert set(answer.json()) <= {"type", "title", "status", "code", "detail", "instance", "trace_id"}
        assert table not in answer.text
        assert seats_left(owner, event) == 10, table
        assert database.value("SELECT count(*) FROM bookings WHERE event_id = %s", event["id"]) == 0
        assert database.value("SELECT count(*) FROM idempotency_keys WHERE route LIKE %s", f"%{event['id']}%") == 0
        assert database.value("SELECT count(*) FROM outbox WHERE payload::text LIKE %s", f"%{event['id']}%") == 0
