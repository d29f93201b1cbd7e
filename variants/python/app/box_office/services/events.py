"""Events: who may do what to them, and when."""

# region: template-service
from typing import Any
from uuid import UUID

from box_office.clock import Clock
from box_office.database import Sessions
from box_office.errors import CapacityBelowBooked, Forbidden, InvalidState, NotFound, PreconditionFailed
from box_office.models import Booking, Event
from box_office.paging import Cursor, Page, PageRequest
from box_office.repositories.bookings import BookingRepository
from box_office.repositories.events import EventRepository
from box_office.repositories.outbox import OutboxRepository
from box_office.schemas import EventOut, NewEvent

PRICE = {"price_cents", "currency"}


def visible(event: Event | None, viewer_id: UUID) -> Event:
    """A draft exists for its owner only: for anyone else there is no such event."""
    if event is None or (event.status == "draft" and event.owner_id != viewer_id):
        raise NotFound("There is no such event.")
    return event


def owned(event: Event | None, viewer_id: UUID) -> Event:
    event = visible(event, viewer_id)
    if event.owner_id != viewer_id:
        raise Forbidden("Only its organiser may do this to the event.")
    return event


class EventService:
    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def create(self, owner_id: UUID, new: NewEvent) -> Event:
        event = Event(owner_id=owner_id, **new.model_dump())
        async with self._sessions.begin() as session:
            EventRepository(session).add(event)
        return event

    async def get(self, viewer_id: UUID, event_id: UUID) -> Event:
        async with self._sessions() as session:
            return visible(await EventRepository(session).find(event_id), viewer_id)

    async def page(self, page: PageRequest) -> Page[Event]:
        async with self._sessions() as session:
            rows = await EventRepository(session).page_of_published(page, self._clock())
        return Page.of(rows, page.limit, lambda event: Cursor(event.starts_at, event.id))

    # endregion: template-service

    # region: optimistic-update
    async def change(self, owner_id: UUID, event_id: UUID, expected_version: int, changes: dict[str, Any]) -> Event:
        """Change the version that the caller has seen, or nothing."""
        async with self._sessions.begin() as session:
            events = EventRepository(session)
            event = owned(await events.find(event_id), owner_id)
            if event.version != expected_version:
                raise PreconditionFailed("The event has changed; read it again.")
            self._check_change(event, changes)
            # Compared once more by the UPDATE itself: between the read and the write others have their turn.
            changed = await events.change(event_id, expected_version, changes)
            if changed is None:
                raise PreconditionFailed("The event has changed; read it again.")
            return changed

    # endregion: optimistic-update

    async def publish(self, owner_id: UUID, event_id: UUID) -> Event:
        async with self._sessions.begin() as session:
            event = owned(await EventRepository(session).lock(event_id), owner_id)
            if event.status != "draft":
                raise InvalidState("Only a draft can be published.")
            if event.starts_at <= self._clock():
                raise InvalidState("The event would have begun before it is published.")
            event.status = "published"
            event.version += 1
            return event

    async def cancel(self, owner_id: UUID, event_id: UUID) -> Event:
        async with self._sessions.begin() as session:
            event = owned(await EventRepository(session).lock(event_id), owner_id)
            if event.status != "published":
                raise InvalidState("Only a published event can be cancelled.")
            event.status = "cancelled"
            event.version += 1
            OutboxRepository(session).add("event.cancelled", EventOut.model_validate(event).model_dump(mode="json"))
            return event

    async def page_of_guests(self, owner_id: UUID, event_id: UUID, page: PageRequest) -> Page[Booking]:
        async with self._sessions() as session:
            owned(await EventRepository(session).find(event_id), owner_id)
            rows = await BookingRepository(session).page_of_event(event_id, page)
        return Page.of(rows, page.limit, lambda booking: Cursor(booking.created_at, booking.id))

    @staticmethod
    def _check_change(event: Event, changes: dict[str, Any]) -> None:
        if event.status == "cancelled":
            raise InvalidState("A cancelled event does not change.")
        if event.status != "draft" and PRICE & changes.keys():
            raise InvalidState("Price and currency change only in a draft.")
        if changes.get("capacity", event.capacity) < event.seats_booked:
            raise CapacityBelowBooked("More seats are booked than that.")
