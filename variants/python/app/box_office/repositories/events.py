"""Events."""

# region: repository
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from box_office.errors import CapacityBelowBooked
from box_office.models import Event
from box_office.paging import PageRequest
from box_office.repositories.constraints import violates


class EventRepository:
    """Questions about events, in one place. It never commits: the service that opened the session does."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, event: Event) -> None:
        self._session.add(event)

    async def find(self, event_id: UUID) -> Event | None:
        return await self._session.get(Event, event_id)

    async def lock(self, event_id: UUID) -> Event | None:
        """The row as it is now, and nobody else changes it before this transaction ends."""
        # NO KEY UPDATE: inserting rows that refer to the event need not wait.
        statement = select(Event).where(Event.id == event_id).with_for_update(key_share=True)
        return await self._session.scalar(statement.execution_options(populate_existing=True))

    # endregion: repository

    # region: page
    async def page_of_published(self, page: PageRequest, now: datetime) -> Sequence[Event]:
        """One row more than asked, which tells whether there is a next page."""
        statement = (
            select(Event)
            .where(Event.status == "published", Event.starts_at > now)
            .order_by(Event.starts_at, Event.id)  # the id settles ties: without it, rows could be skipped
            .limit(page.limit + 1)
        )
        if page.after:
            statement = statement.where(tuple_(Event.starts_at, Event.id) > (page.after.moment, page.after.id))
        return (await self._session.scalars(statement)).all()

    # endregion: page

    # region: optimistic-update
    async def change(self, event_id: UUID, expected_version: int, changes: Mapping[str, Any]) -> Event | None:
        """The changed event; none where somebody else was first. The comparison and the write are one statement."""
        statement = (
            update(Event)
            .where(Event.id == event_id, Event.version == expected_version)
            .values(**changes, version=Event.version + 1)
            .returning(Event)
        )
        try:
            return await self._session.scalar(statement, execution_options={"populate_existing": True})
        except IntegrityError as error:
            if violates(error, "events_seats_booked_check"):  # a booking came in between
                raise CapacityBelowBooked("More seats are booked than that.") from error
            raise

    # endregion: optimistic-update
