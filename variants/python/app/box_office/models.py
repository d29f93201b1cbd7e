"""The tables. Names of constraints are part of the contract: repositories map errors by them."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    desc,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

# region: model
NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "%(table_name)s_%(column_0_name)s_idx",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {
        datetime: DateTime(timezone=True),
        str: Text(),
        bytes: LargeBinary(),
        dict[str, Any]: JSONB(),
    }


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 120", name="title"),
        CheckConstraint("capacity BETWEEN 1 AND 100000", name="capacity"),
        # The last word on overbooking, whatever the code above it does.
        CheckConstraint("seats_booked BETWEEN 0 AND capacity", name="seats_booked"),
        CheckConstraint("price_cents BETWEEN 0 AND 10000000", name="price_cents"),
        CheckConstraint("currency IN ('EUR', 'GBP', 'USD')", name="currency"),
        CheckConstraint("status IN ('draft', 'published', 'cancelled')", name="status"),
        # The public list reads nothing but this index.
        Index("events_published_idx", "starts_at", "id", postgresql_where=text("status = 'published'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    title: Mapped[str]
    starts_at: Mapped[datetime]
    capacity: Mapped[int]
    seats_booked: Mapped[int] = mapped_column(server_default=text("0"))
    price_cents: Mapped[int]  # minor units, never a float
    currency: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="draft")
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def seats_left(self) -> int:
        return self.capacity - self.seats_booked


# endregion: model


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(unique=True)  # trimmed and lower-cased before it comes here
    password_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RefreshToken(Base):
    __tablename__ = "refresh_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    family_id: Mapped[UUID] = mapped_column(index=True)  # the id of the login's first token
    token_hash: Mapped[bytes] = mapped_column(unique=True)  # SHA-256: the token itself is never stored
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Booking(Base):
    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("seats BETWEEN 1 AND 10", name="seats"),
        CheckConstraint("total_cents >= 0", name="total_cents"),
        CheckConstraint("status IN ('booked', 'cancelled')", name="status"),
        # One active booking each: two requests at once cannot both pass.
        Index("bookings_active_key", "event_id", "account_id", unique=True, postgresql_where=text("status = 'booked'")),
        Index("bookings_account_page_idx", "account_id", desc("created_at"), desc("id")),
        Index("bookings_event_page_idx", "event_id", desc("created_at"), desc("id")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    seats: Mapped[int]
    total_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="booked")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    cancelled_at: Mapped[datetime | None]

    # Never loaded in passing: a query that wants it says so.
    account: Mapped[Account] = relationship(lazy="raise")


class IdempotencyKey(Base):
    __tablename__ = "idempotency_keys"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[bytes]
    response_status: Mapped[int]
    response_body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class OutboxMessage(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        # The worker's question.
        Index("outbox_due_idx", "available_at", postgresql_where=text("delivered_at IS NULL AND failed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    available_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class RateLimit(Base):
    __tablename__ = "rate_limits"

    bucket: Mapped[str] = mapped_column(primary_key=True)  # kind and SHA-256: no e-mail address at rest
    window_start: Mapped[datetime]
    hits: Mapped[int]
