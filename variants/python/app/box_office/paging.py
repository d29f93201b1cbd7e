"""Pages by key: a cursor says after which row to go on, so rows that come and go in between move nothing."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from box_office.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# region: page
@dataclass(frozen=True)
class Cursor:
    """The sort key of the last row of a page: a moment, and the id that settles ties."""

    moment: datetime
    id: UUID

    def encode(self) -> str:
        micros = (self.moment - EPOCH) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(f"{micros} {self.id}".encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        try:
            micros, row_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(" ")
            cursor = cls(EPOCH + timedelta(microseconds=int(micros)), UUID(row_id))
        except (ValueError, OverflowError) as error:
            raise Invalid("/cursor", "is not a cursor of this list") from error
        if cursor.encode() != text:  # what decodes is not yet what was given out: +1, 1_0, bits beyond the last byte
            raise Invalid("/cursor", "is not a cursor of this list")
        return cursor


# endregion: page


@dataclass(frozen=True)
class PageRequest:
    limit: int
    after: Cursor | None = None


Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    items: Sequence[Row]
    next: Cursor | None

    @classmethod
    def of(cls, rows: Sequence[Row], limit: int, cursor: Callable[[Row], Cursor]) -> "Page[Row]":
        """Of at most `limit` + 1 rows: the last one only tells that there is more."""
        items = rows[:limit]
        return cls(items, cursor(items[-1]) if len(rows) > limit else None)
