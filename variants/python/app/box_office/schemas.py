"""Bodies of requests and responses. What a caller sends is strict: unknown fields, wrong types and NUL are refused."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from box_office.fields import (
    Capacity,
    Currency,
    Email,
    LoginEmail,
    LoginPassword,
    Moment,
    Password,
    PriceCents,
    Seats,
    Title,
    Token,
)


# region: validation
class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    model_config = ConfigDict(from_attributes=True)


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


class Registration(Input):
    email: Email
    password: Password


class Credentials(Input):
    email: LoginEmail
    password: LoginPassword


class RefreshRequest(Input):
    refresh_token: Token


class NewBooking(Input):
    seats: Seats


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
