"""Bodies of requests and responses. What a caller sends is strict: unknown fields, wrong types and NUL are refused."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
EMAIL = r"^\s*[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+\s*$"


def normalise_email(email: str) -> str:
    return email.strip().lower()


def _no_nul(value: str) -> str:
    if "\0" in value:  # PostgreSQL stores no NUL in text
        raise ValueError("must not hold NUL characters")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


def _rfc_3339(value: object) -> object:
    """Only the text form: without this, a number would pass for a Unix time."""
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError("must be a date and time with an offset, as in 2030-06-01T19:30:00Z")
    return value


def _plausible_utc(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2200:
        raise ValueError("must lie between the years 2000 and 2200")
    return value.astimezone(UTC)


Password = Annotated[str, Field(min_length=12, max_length=128), AfterValidator(_no_nul)]
Title = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_no_nul), AfterValidator(_not_blank)]
Moment = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_plausible_utc)]
Capacity = Annotated[int, Field(strict=True, ge=1, le=100_000)]
PriceCents = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
Currency = Literal["EUR", "GBP", "USD"]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Registration(Input):
    email: Annotated[str, Field(min_length=3, max_length=254, pattern=EMAIL), AfterValidator(normalise_email)]
    password: Password


class Credentials(Input):
    email: Annotated[str, Field(min_length=1, max_length=254), AfterValidator(_no_nul), AfterValidator(normalise_email)]
    password: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_no_nul)]


class RefreshRequest(Input):
    refresh_token: Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_no_nul)]


# region: validation
class NewEvent(Input):
    title: Title
    starts_at: Moment
    capacity: Capacity
    price_cents: PriceCents
    currency: Currency


class EventChange(Input):
    """A partial update: an absent field stays as it is, null is refused, and at least one field is there."""

    title: Title | None = None
    starts_at: Moment | None = None
    capacity: Capacity | None = None
    price_cents: PriceCents | None = None
    currency: Currency | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null; leave the field out to keep its value")
        return value

    @model_validator(mode="after")
    def _refuse_nothing(self) -> "EventChange":
        if not self.model_fields_set:
            raise ValueError("must change at least one field")
        return self

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


# endregion: validation


class NewBooking(Input):
    seats: Annotated[int, Field(strict=True, ge=1, le=10)]


class Health(Output):
    status: Literal["ok"] = "ok"


class Accepted(Output):
    status: Literal["accepted"] = "accepted"


class Tokens(Output):
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the name of the scheme
    expires_in: int


class AccountOut(Output):
    id: UUID
    email: str


class EventOut(Output):
    id: UUID
    owner_id: UUID
    title: str
    starts_at: datetime
    capacity: int
    seats_left: int
    price_cents: int
    currency: Currency
    status: Literal["draft", "published", "cancelled"]
    version: int
    created_at: datetime


class BookingOut(Output):
    id: UUID
    event_id: UUID
    seats: int
    total_cents: int
    currency: Currency
    status: Literal["booked", "cancelled"]
    created_at: datetime
    cancelled_at: datetime | None


class GuestOut(BookingOut):
    """A booking as the organiser sees it."""

    email: str


Item = TypeVar("Item")


class PageOut(Output, Generic[Item]):
    items: list[Item]
    next_cursor: str | None
