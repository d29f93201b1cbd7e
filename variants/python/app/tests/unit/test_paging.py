from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

import pytest

from box_office.errors import Invalid
from box_office.paging import Cursor, Page

ID = UUID("00000000-0000-4000-8000-000000000001")


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = Cursor(datetime(2030, 6, 1, 19, 30, 0, 123456, UTC), ID)

    assert Cursor.decode(cursor.encode()) == cursor


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "AAAA",
        "é",
        "f" * 32,
        "f" * 31 + "+",
        encoded(f"1 {ID}") + "=",
        encoded(f"+1 {ID}"),
        encoded(f"1_0 {ID}"),
        encoded(f"1 {ID.hex}"),
        encoded(f"1 {ID} "),
        encoded(f"{10**30} {ID}"),
        encoded(str(ID)),
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Cursor.decode(text)

    assert caught.value.pointer == "/cursor"


def test_a_full_page_with_one_row_more_has_a_next() -> None:
    page = Page.of([1, 2, 3], 2, lambda row: Cursor(datetime(2030, 1, row, tzinfo=UTC), ID))

    assert page.items == [1, 2]
    assert page.next == Cursor(datetime(2030, 1, 2, tzinfo=UTC), ID)


def test_the_last_page_has_no_next() -> None:
    page = Page.of([1, 2], 2, lambda row: Cursor(datetime(2030, 1, row, tzinfo=UTC), ID))

    assert page.next is None
