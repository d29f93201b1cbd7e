"""Lists end, keep their order, and neither skip nor repeat while rows come and go; and they ask the database a fixed number of questions."""

import base64
from collections.abc import Callable

import pytest
from contract_suite.client import JSON, Api, Person, soon
from contract_suite.database import Database

MANY = 50


@pytest.fixture
def full(owner: Person, database: Database) -> JSON:
    """A published event with many bookings, five of them at the same moment."""
    event = owner.published(capacity=1000)
    database.execute(
        """WITH made AS (
             INSERT INTO accounts (id, email, password_hash)
             SELECT gen_random_uuid(), gen_random_uuid() || '@example.org', 'x' FROM generate_series(1, %s) RETURNING id
           ), numbered AS (SELECT id, row_number() OVER () AS n FROM made)
           INSERT INTO bookings (id, event_id, account_id, seats, total_cents, currency, created_at)
           SELECT gen_random_uuid(), %s, id, 1, 2500, 'EUR', now() - interval '1 day' + (n / 5) * interval '1 second' FROM numbered""",
        MANY,
        event["id"],
    )
    return event


def walk(person: Person, path: str, limit: int, between: "Callable[[], object] | None" = None) -> list[JSON]:
    items: list[JSON] = []
    params: JSON = {"limit": limit}
    while True:
        page = person.get(path, 200, params=params).json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        assert len(items) < 1000, "the list does not end"
        params = {"limit": limit, "cursor": page["next_cursor"]}
        if between:
            between()


@pytest.mark.parametrize("limit", [1, 7, 25, 50, 100])
def test_pages_of_any_size_make_the_same_list(owner: Person, full: JSON, limit: int) -> None:
    items = walk(owner, f"/events/{full['id']}/bookings", limit)

    assert len({item["id"] for item in items}) == len(items) == MANY
    assert items == sorted(items, key=lambda item: (item["created_at"], item["id"]), reverse=True)


def test_twenty_is_a_page_unless_said_otherwise(owner: Person, full: JSON) -> None:
    page = owner.get(f"/events/{full['id']}/bookings", 200).json()

    assert len(page["items"]) == 20


def test_the_last_full_page_has_no_next(owner: Person, full: JSON) -> None:
    first = owner.get(f"/events/{full['id']}/bookings", 200, params={"limit": 25}).json()
    second = owner.get(f"/events/{full['id']}/bookings", 200, params={"limit": 25, "cursor": first["next_cursor"]}).json()

    assert (len(second["items"]), second["next_cursor"]) == (25, None)


def test_bookings_that_come_while_one_pages_do_not_disturb(owner: Person, full: JSON, api: Api) -> None:
    before = {item["id"] for item in walk(owner, f"/events/{full['id']}/bookings", 100)}

    items = walk(owner, f"/events/{full['id']}/bookings", 10, between=lambda: api.person().book(full))

    seen = [item["id"] for item in items]
    assert len(set(seen)) == len(seen)
    assert before <= set(seen)


def test_events_that_come_while_one_pages_do_not_disturb(owner: Person) -> None:
    same = soon(3)
    mine = {owner.published(starts_at=same)["id"] for _ in range(4)} | {owner.published(starts_at=soon(5))["id"] for _ in range(2)}

    seen = [item["id"] for item in walk(owner, "/events", 3, between=lambda: owner.published(starts_at=soon(1)))]

    assert len(set(seen)) == len(seen)
    assert mine <= set(seen)


def test_events_come_by_their_start(owner: Person) -> None:
    for days in (9, 3, 6):
        owner.published(starts_at=soon(days))

    items = walk(owner, "/events", 100)

    assert items == sorted(items, key=lambda item: (item["starts_at"], item["id"]))


def test_my_bookings_come_newest_first(owner: Person, guest: Person) -> None:
    made = [guest.book(owner.published()).json()["id"] for _ in range(5)]

    assert [item["id"] for item in walk(guest, "/bookings", 2)] == made[::-1]


@pytest.mark.parametrize("limit", ["0", "-1", "101", "x", "1.5", "", "99999999999999999999", "%00"])
def test_a_limit_out_of_bounds_is_refused(owner: Person, limit: str) -> None:
    for path in ("/events", "/bookings"):
        answer = owner.get(f"{path}?limit={limit}", 422, code="invalid")

        assert any("limit" in error["pointer"] for error in answer.json()["errors"])


@pytest.mark.parametrize("path", ["/events", "/bookings", "/events/{id}/bookings"])
def test_a_broken_cursor_is_refused(owner: Person, guest: Person, full: JSON, path: str) -> None:
    path = path.format(id=full["id"])
    broken = [
        "x",
        "!!!",
        "a" * 500,
        "a" * 501,
        "%00",
        "..%2F",
        encoded("{}"),
        encoded("[1, 2]"),
        encoded("null"),
        encoded("2030-01-01T00:00:00Z"),
        encoded("\0|\0"),
    ]
    real = owner.get(f"/events/{full['id']}/bookings?limit=1", 200).json()["next_cursor"]
    broken += [real[: len(real) // 2], real[::-1], encoded(encoded(real))]

    for cursor in broken:
        answer = owner.get(f"{path}?cursor={cursor}", 422, code="invalid")

        assert any("cursor" in error["pointer"] for error in answer.json()["errors"]), cursor


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_fifty_bookings_cost_as_many_questions_as_one(owner: Person, full: JSON, database: Database, api: Api) -> None:
    small = owner.published()
    api.person().book(small)
    for event in (small, full):  # whatever a first time costs: prepared statements, types
        owner.get(f"/events/{event['id']}/bookings?limit=100", 200)

    with database.statements() as for_one:
        one = owner.get(f"/events/{small['id']}/bookings?limit=100", 200)
    with database.statements() as for_many:
        many = owner.get(f"/events/{full['id']}/bookings?limit=100", 200)

    assert (len(one.json()["items"]), len(many.json()["items"])) == (1, MANY)
    assert 1 <= len(for_one) <= 4, "\n".join(for_one)
    assert len(for_many) == len(for_one), "\n".join(for_many)


@pytest.mark.parametrize("path", ["/events", "/bookings"])
def test_other_lists_cost_a_fixed_number_of_questions_too(owner: Person, guest: Person, database: Database, path: str) -> None:
    for _ in range(6):
        guest.book(owner.published())
    guest.get(f"{path}?limit=100", 200)

    counts = []
    for limit in (1, 6):
        with database.statements() as asked:
            guest.get(f"{path}?limit={limit}", 200)
        counts.append(len(asked))

    assert counts[0] == counts[1]
    assert 1 <= counts[0] <= 4
