"""Bookings, as their bookers and the organisers see them."""

from uuid import UUID

from fastapi import APIRouter

from box_office.api.dependencies import Bookings, CurrentAccount, GuardedRoute, Paging
from box_office.schemas import BookingOut, PageOut

router = APIRouter(prefix="/bookings", tags=["bookings"], route_class=GuardedRoute)


@router.get("")
async def list_bookings(account: CurrentAccount, bookings: Bookings, paging: Paging) -> PageOut[BookingOut]:
    page = await bookings.page(account.id, paging)
    return PageOut(
        items=[BookingOut.model_validate(booking) for booking in page.items],
        next_cursor=page.next.encode() if page.next else None,
    )


@router.get("/{booking_id}")
async def get_booking(booking_id: UUID, account: CurrentAccount, bookings: Bookings) -> BookingOut:
    return BookingOut.model_validate(await bookings.get(account.id, booking_id))


@router.post("/{booking_id}/cancel")
async def cancel_booking(booking_id: UUID, account: CurrentAccount, bookings: Bookings) -> BookingOut:
    return BookingOut.model_validate(await bookings.cancel(account.id, booking_id))
