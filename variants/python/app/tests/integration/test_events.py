from datetime import UTC, datetime, timedelta

import anyio
import pytest

from tests.integration.conftest import MovableClock, People, Person

pytestmark = pytest.mark.anyio


async def test_a_draft_becomes_published_and_then_cancelled(people: People) -> None:
    ada = await people.new()
    event = await ada.event()

    cancelled = await ada.call("POST", f"/events/{event['id']}/cancel")
    again = await ada.call("POST", f"/events/{event['id']}/publish")

    assert (cancelled.status_code, cancelled.json()["status"], cancelled.json()["version"]) == (200, "cancelled", 3)
    assert (again.status_code, again.json()["code"]) == (409, "invalid_state")


async def test_an_event_in_the_past_is_not_published(people: People, clock: MovableClock) -> None:
    ada = await people.new()
    event = await ada.event(publish=False)
    clock.ahead = timedelta(days=31)

    late = await ada.call("POST", f"/events/{event['id']}/publish")

    assert late.json()["code"] == "invalid_state"


async def test_the_second_of_two_editors_is_told(people: People) -> None:
    ada = await people.new()
    event = await ada.event(publish=False)

    first = await ada.call("PATCH", f"/events/{event['id']}", {"title": "First"}, If_Match='"1"')
    second = await ada.call("PATCH", f"/events/{event['id']}", {"title": "Second"}, If_Match='"1"')

    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")


async def test_of_editors_at_once_one_wins(people: People) -> None:
    ada = await people.new()
    event = await ada.event()
    answers: list[int] = []

    async def edit() -> None:
        answer = await ada.call("PATCH", f"/events/{event['id']}", {"capacity": 20}, If_Match='"2"')
        answers.append(answer.status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(edit)

    assert sorted(answers) == [200, 412, 412, 412, 412]


@pytest.mark.parametrize("tag", ["2", 'W/"1"', '"x"', "*", '"1", "2"'])
async def test_a_tag_that_is_not_the_version_is_refused(people: People, tag: str) -> None:
    ada = await people.new()
    event = await ada.event(publish=False)

    answer = await ada.call("PATCH", f"/events/{event['id']}", {"title": "Other"}, If_Match=tag)

    assert answer.status_code == 412


async def test_capacity_stays_above_what_is_booked(people: People) -> None:
    ada = await people.new()
    event = await ada.event()
    await ada.book(event, seats=3)

    below = await ada.call("PATCH", f"/events/{event['id']}", {"capacity": 2}, If_Match='"2"')
    exact = await ada.call("PATCH", f"/events/{event['id']}", {"capacity": 3}, If_Match='"2"')

    assert below.json()["code"] == "capacity_below_booked"
    assert (exact.status_code, exact.json()["seats_left"]) == (200, 0)


async def test_the_price_is_fixed_once_published(people: People) -> None:
    ada = await people.new()
    event = await ada.event()

    answer = await ada.call("PATCH", f"/events/{event['id']}", {"price_cents": 1}, If_Match='"2"')

    assert answer.json()["code"] == "invalid_state"


async def test_a_cancelled_event_does_not_change_and_is_not_booked(people: People) -> None:
    ada = await people.new()
    event = await ada.event()
    await ada.call("POST", f"/events/{event['id']}/cancel")

    changed = await ada.call("PATCH", f"/events/{event['id']}", {"title": "Other"}, If_Match='"3"')
    booked = await ada.book(event)
    again = await ada.call("POST", f"/events/{event['id']}/cancel")

    assert [answer.json()["code"] for answer in (changed, booked, again)] == ["invalid_state"] * 3


async def test_pages_hold_every_event_once_while_others_come_in(people: People) -> None:
    ada = await people.new()
    # One moment for all: only the id tells them apart. Far ahead, so that other tests' events come before.
    moment = (datetime.now(UTC) + timedelta(days=3000)).isoformat()
    made = {(await ada.event(starts_at=moment))["id"] for _ in range(5)}
    seen: list[str] = []
    cursor = ""

    while True:
        page = (await ada.call("GET", f"/events?limit=2{cursor}")).json()
        seen += [event["id"] for event in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        await ada.event()

    assert len(seen) == len(set(seen))
    assert made <= set(seen)


async def test_the_owner_sees_who_comes_and_newest_first(people: People) -> None:
    owner, first, second = await people.new(), await people.new(), await people.new()
    event = await owner.event()
    await first.book(event)
    await second.book(event)

    page = (await owner.call("GET", f"/events/{event['id']}/bookings")).json()

    assert [guest["email"] for guest in page["items"]] == [second.email, first.email]


async def test_nobody_gets_in_without_a_token(people: People) -> None:
    ada = await people.new()
    event = await ada.event()
    nobody = Person(ada.client, "", {})

    answer = await nobody.call("GET", f"/events/{event['id']}")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
