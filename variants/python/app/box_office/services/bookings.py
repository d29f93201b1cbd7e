"""Bookings: seats are counted under the event's lock, which is always taken before a booking's."""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from box_office.clock import Clock
from box_office.database import Sessions
from box_office.errors import Forbidden, IdempotencyKeyReused, InvalidState, NotFound, SoldOut
from box_office.models import Booking, Event, IdempotencyKey
from box_office.paging import Cursor, Page, PageRequest
from box_office.repositories.bookings import BookingRepository
from box_office.repositories.events import EventRepository
from box_office.repositories.idempotency import IdempotencyRepository
from box_office.repositories.outbox import OutboxRepository
from box_office.schemas import BookingOut, NewBooking
from box_office.services.events import visible


# region: idempotent-write
@dataclass(frozen=True)
class Booked:
    booking: BookingOut
    status: int
    replayed: bool


class BookingService:
    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def book(self, booker_id: UUID, event_id: UUID, new: NewBooking, key: str) -> Booked:
        """The answer is stored in the transaction of its effect: both are there, or neither."""
        route = f"POST /events/{event_id}/bookings"
        digest = hashlib.sha256(json.dumps(new.model_dump(mode="json"), sort_keys=True).encode()).digest()
        async with self._sessions.begin() as session:
            keys = IdempotencyRepository(session)
            stored = await keys.find_or_wait(booker_id, route, key)
            if stored:
                if stored.request_digest != digest:
                    raise IdempotencyKeyReused("The key belongs to a request with another body.")
                return Booked(BookingOut.model_validate(stored.response_body), stored.response_status, replayed=True)
            booking = BookingOut.model_validate(await self._book(session, booker_id, event_id, new.seats))
            keys.add(
                IdempotencyKey(
                    account_id=booker_id,
                    route=route,
                    key=key,
                    request_digest=digest,
                    response_status=201,
                    response_body=booking.model_dump(mode="json"),
                )
            )
            return Booked(booking, 201, replayed=False)

    # endregion: idempotent-write

    async def _book(self, session: AsyncSession, booker_id: UUID, event_id: UUID, seats: int) -> Booking:
        event = visible(await EventRepository(session).lock(event_id), booker_id)
        if event.status != "published" or event.starts_at <= self._clock():
            raise InvalidState("The event is not open for bookings.")
        booking = Booking(
            event_id=event.id,
            account_id=booker_id,
            seats=seats,
            total_cents=seats * event.price_cents,
            currency=event.currency,
        )
        await BookingRepository(session).add(booking)
        if seats > event.seats_left:
            raise SoldOut("There are not that many seats left.")
        event.seats_booked += seats
        self._tell(session, "booking.created", booking)
        return booking

    async def get(self, viewer_id: UUID, booking_id: UUID) -> Booking:
        async with self._sessions() as session:
            booking = await BookingRepository(session).find(booking_id)
            event = await EventRepository(session).find(booking.event_id) if booking else None
        return self._seen_by(viewer_id, booking, event)

    async def page(self, booker_id: UUID, page: PageRequest) -> Page[Booking]:
        async with self._sessions() as session:
            rows = await BookingRepository(session).page_of_account(booker_id, page)
        return Page.of(rows, page.limit, lambda booking: Cursor(booking.created_at, booking.id))

    async def cancel(self, booker_id: UUID, booking_id: UUID) -> Booking:
        async with self._sessions.begin() as session:
            bookings = BookingRepository(session)
            known = await bookings.find(booking_id)
            event = await EventRepository(session).lock(known.event_id) if known else None
            booking = self._seen_by(booker_id, await bookings.lock(booking_id), event)
            if booking.account_id != booker_id:
                raise Forbidden("Only the booker may cancel a booking.")
            if booking.status != "booked":
                raise InvalidState("The booking is cancelled already.")
            if event is None or event.starts_at <= self._clock():
                raise InvalidState("The event has begun.")
            booking.status = "cancelled"
            booking.cancelled_at = self._clock()
            event.seats_booked -= booking.seats
            self._tell(session, "booking.cancelled", booking)
            return booking

    @staticmethod
    def _seen_by(viewer_id: UUID, booking: Booking | None, event: Event | None) -> Booking:
        if booking is None or event is None or viewer_id not in (booking.account_id, event.owner_id):
            raise NotFound("There is no such booking.")
        return booking

    @staticmethod
    def _tell(session: AsyncSession, topic: str, booking: Booking) -> None:
        """In the transaction of its cause: what is rolled back is not told, and what is committed is."""
        OutboxRepository(session).add(topic, BookingOut.model_validate(booking).model_dump(mode="json"))
