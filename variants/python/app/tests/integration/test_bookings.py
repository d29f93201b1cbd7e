"""Seats, keys, and who may see what."""

# region: test
from datetime import timedelta

import anyio
import pytest

from tests.integration.conftest import MovableClock, People, Person

pytestmark = pytest.mark.anyio


async def test_the_last_seat_is_sold_once(people: People) -> None:
    owner = await people.new()
    event = await owner.event(capacity=1)
    guests = [await people.new() for _ in range(5)]
    answers: list[int] = []

    async def book(guest: Person) -> None:
        answers.append((await guest.book(event)).status_code)

    async with anyio.create_task_group() as tasks:
        for guest in guests:
            tasks.start_soon(book, guest)

    assert sorted(answers) == [201, 409, 409, 409, 409]
    assert (await owner.call("GET", f"/events/{event['id']}")).json()["seats_left"] == 0


# endregion: test


async def test_a_booking_costs_what_its_seats_cost_now(people: People) -> None:
    ada = await people.new()
    event = await ada.event(price_cents=1999, currency="GBP")

    booking = await ada.book(event, seats=3)

    assert booking.headers["Location"] == f"/bookings/{booking.json()['id']}"
    assert (booking.json()["total_cents"], booking.json()["currency"]) == (5997, "GBP")


async def test_one_active_booking_each_and_another_after_it_is_cancelled(people: People) -> None:
    ada = await people.new()
    event = await ada.event()
    first = (await ada.book(event)).json()

    second = await ada.book(event)
    await ada.call("POST", f"/bookings/{first['id']}/cancel")
    third = await ada.book(event)

    assert (second.status_code, second.json()["code"]) == (409, "already_booked")
    assert third.status_code == 201


async def test_more_seats_than_left_are_sold_out_and_change_nothing(people: People) -> None:
    ada = await people.new()
    event = await ada.event(capacity=2)

    refused = await ada.book(event, seats=3)

    assert (refused.status_code, refused.json()["code"]) == (409, "sold_out")
    assert (await ada.call("GET", f"/events/{event['id']}")).json()["seats_left"] == 2
    assert (await ada.call("GET", "/bookings")).json()["items"] == []


async def test_the_same_key_and_body_get_the_first_answer_again(people: People) -> None:
    ada = await people.new()
    event = await ada.event()

    first = await ada.book(event, key="once")
    again = await ada.book(event, key="once")

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert (first.headers.get("Idempotency-Replayed"), again.headers.get("Idempotency-Replayed")) == (None, "true")


async def test_the_same_key_at_once_books_once(people: People) -> None:
    ada = await people.new()
    event = await ada.event()
    ids: set[str] = set()

    async def book() -> None:
        ids.add((await ada.book(event, key="once")).json()["id"])

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(book)

    assert len(ids) == 1
    assert (await ada.call("GET", f"/events/{event['id']}")).json()["seats_left"] == 9


async def test_a_key_belongs_to_its_body_and_to_its_account(people: People) -> None:
    ada, bob = await people.new(), await people.new()
    event = await ada.event()
    await ada.book(event, key="once")

    other_body = await ada.book(event, seats=2, key="once")
    other_account = await bob.book(event, key="once")

    assert (other_body.status_code, other_body.json()["code"]) == (422, "idempotency_key_reused")
    assert other_account.status_code == 201


async def test_a_refused_booking_does_not_use_up_its_key(people: People) -> None:
    ada = await people.new()
    event = await ada.event(publish=False)
    refused = await ada.book(event, key="once")
    await ada.call("POST", f"/events/{event['id']}/publish")

    booked = await ada.book(event, key="once")

    assert (refused.status_code, booked.status_code) == (409, 201)


async def test_without_a_key_nothing_is_booked(people: People) -> None:
    ada = await people.new()
    event = await ada.event()

    missing = await ada.call("POST", f"/events/{event['id']}/bookings", {"seats": 1})
    spaced = await ada.call("POST", f"/events/{event['id']}/bookings", {"seats": 1}, Idempotency_Key="a b")

    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    assert (spaced.status_code, spaced.json()["errors"][0]["pointer"]) == (422, "/Idempotency-Key")


async def test_after_it_has_begun_nobody_books_or_cancels(people: People, clock: MovableClock) -> None:
    ada, bob = await people.new(), await people.new()
    event = await ada.event()
    booking = (await ada.book(event)).json()
    clock.ahead = timedelta(days=31)

    late = await bob.book(event)
    cancelled = await ada.call("POST", f"/bookings/{booking['id']}/cancel")

    assert (late.json()["code"], cancelled.json()["code"]) == ("invalid_state", "invalid_state")


async def test_booker_owner_and_stranger_see_different_things(people: People) -> None:
    owner, booker, stranger = await people.new(), await people.new(), await people.new()
    booking = (await booker.book(await owner.event())).json()
    path = f"/bookings/{booking['id']}"

    async def statuses(person: Person) -> tuple[int, int]:
        return (await person.call("GET", path)).status_code, (await person.call("POST", f"{path}/cancel")).status_code

    assert await statuses(stranger) == (404, 404)
    assert await statuses(owner) == (200, 403)
    assert await statuses(booker) == (200, 200)
