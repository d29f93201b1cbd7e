from typing import Any

import pytest
from pydantic import ValidationError

from box_office.schemas import EventChange, NewEvent, Registration

EVENT: dict[str, Any] = {
    "title": "Opening night",
    "starts_at": "2030-06-01T19:30:00+02:00",
    "capacity": 100,
    "price_cents": 2500,
    "currency": "EUR",
}


def test_times_become_utc() -> None:
    event = NewEvent.model_validate(EVENT)

    assert event.starts_at.isoformat() == "2030-06-01T17:30:00+00:00"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", " \t"),
        ("title", "a\0b"),
        ("title", "x" * 121),
        ("title", "\ud800"),
        ("title", None),
        ("starts_at", "2030-06-01T19:30:00"),
        ("starts_at", "2030-06-01"),
        ("starts_at", 1906565400),
        ("starts_at", "1999-12-31T00:00:00Z"),
        ("starts_at", "2201-01-01T00:00:00Z"),
        ("capacity", 0),
        ("capacity", "5"),
        ("capacity", True),
        ("capacity", 1.5),
        ("price_cents", -1),
        ("currency", "XXX"),
        ("id", "1"),
    ],
)
def test_one_wrong_value_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        NewEvent.model_validate({**EVENT, field: value})

    assert [item["loc"] for item in caught.value.errors()] == [(field,)]


def test_a_change_holds_what_was_sent_and_nothing_else() -> None:
    change = EventChange.model_validate({"title": "Another night"})

    assert change.changes() == {"title": "Another night"}


@pytest.mark.parametrize("body", [{}, {"title": None}, {"status": "published"}])
def test_an_empty_change_null_and_unknown_fields_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        EventChange.model_validate(body)


def test_addresses_are_trimmed_and_lower_cased() -> None:
    registration = Registration(email=" Ada@Example.ORG ", password="correct horse battery")

    assert registration.email == "ada@example.org"
