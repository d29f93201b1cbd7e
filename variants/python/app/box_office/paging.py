"""Pages by key: a cursor says after which row to go on, so rows that come and go in between move nothing."""

import base64
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from box_office.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAYOUT = struct.Struct(">q16s")  # microseconds, id


# region: page
@dataclass(frozen=True)
class Cursor:
    """The sort key of the last row of a page: a moment, and the id that settles ties."""

    moment: datetime
    id: UUID

    def encode(self) -> str:
        micros = (self.moment - EPOCH) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(LAYOUT.pack(micros, self.id.bytes)).decode()

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        try:
            micros, id_bytes = LAYOUT.unpack(base64.b64decode(text, altchars=b"-_", validate=True))
            return cls(EPOCH + timedelta(microseconds=micros), UUID(bytes=id_bytes))
        except (ValueError, OverflowError, struct.error) as error:
            raise Invalid("/cursor", "is not a cursor of this list") from error


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
