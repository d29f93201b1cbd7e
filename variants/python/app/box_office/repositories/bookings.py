"""Bookings."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from box_office.errors import AlreadyBooked
from box_office.models import Booking
from box_office.paging import PageRequest
from box_office.repositories.constraints import violates


class BookingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, booking: Booking) -> None:
        self._session.add(booking)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if violates(error, "bookings_active_key"):
                raise AlreadyBooked("You have a booking for this event.") from error
            raise

    async def find(self, booking_id: UUID) -> Booking | None:
        return await self._session.get(Booking, booking_id)

    async def lock(self, booking_id: UUID) -> Booking | None:
        statement = select(Booking).where(Booking.id == booking_id).with_for_update(key_share=True)
        return await self._session.scalar(statement.execution_options(populate_existing=True))

    async def page_of_account(self, account_id: UUID, page: PageRequest) -> Sequence[Booking]:
        return await self._newest_first(select(Booking).where(Booking.account_id == account_id), page)

    async def page_of_event(self, event_id: UUID, page: PageRequest) -> Sequence[Booking]:
        """With the booker of each, in the same statement."""
        statement = select(Booking).where(Booking.event_id == event_id).options(joinedload(Booking.account))
        return await self._newest_first(statement, page)

    async def _newest_first(self, statement: Select[Booking], page: PageRequest) -> Sequence[Booking]:
        if page.after:
            statement = statement.where(tuple_(Booking.created_at, Booking.id) < (page.after.moment, page.after.id))
        statement = statement.order_by(Booking.created_at.desc(), Booking.id.desc()).limit(page.limit + 1)
        return (await self._session.scalars(statement)).all()
