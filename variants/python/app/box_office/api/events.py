"""Events, and the bookings of one event."""

from uuid import UUID

from fastapi import APIRouter, Response

from box_office.api.dependencies import (
    Bookings,
    CurrentAccount,
    Events,
    ExpectedVersion,
    GuardedRoute,
    Paging,
    RequestKey,
)
from box_office.models import Booking, Event
from box_office.schemas import BookingOut, EventChange, EventOut, GuestOut, NewBooking, NewEvent, PageOut

# region: route
router = APIRouter(prefix="/events", tags=["events"], route_class=GuardedRoute)


def answer(event: Event, response: Response) -> EventOut:
    response.headers["ETag"] = f'"{event.version}"'
    return EventOut.model_validate(event)


@router.get("")
async def list_events(_: CurrentAccount, events: Events, paging: Paging) -> PageOut[EventOut]:
    page = await events.page(paging)
    return PageOut(
        items=[EventOut.model_validate(event) for event in page.items],
        next_cursor=page.next.encode() if page.next else None,
    )


@router.post("", status_code=201)
async def create_event(body: NewEvent, account: CurrentAccount, events: Events, response: Response) -> EventOut:
    event = await events.create(account.id, body)
    response.headers["Location"] = f"/events/{event.id}"
    return answer(event, response)


@router.get("/{event_id}")
async def get_event(event_id: UUID, account: CurrentAccount, events: Events, response: Response) -> EventOut:
    return answer(await events.get(account.id, event_id), response)


@router.patch("/{event_id}")
async def change_event(
    event_id: UUID,
    body: EventChange,
    account: CurrentAccount,
    events: Events,
    expected_version: ExpectedVersion,
    response: Response,
) -> EventOut:
    event = await events.change(account.id, event_id, expected_version, body.changes())
    return answer(event, response)


# endregion: route


def guest(booking: Booking) -> GuestOut:
    return GuestOut(**BookingOut.model_validate(booking).model_dump(), email=booking.account.email)


@router.post("/{event_id}/publish")
async def publish_event(event_id: UUID, account: CurrentAccount, events: Events, response: Response) -> EventOut:
    return answer(await events.publish(account.id, event_id), response)


@router.post("/{event_id}/cancel")
async def cancel_event(event_id: UUID, account: CurrentAccount, events: Events, response: Response) -> EventOut:
    return answer(await events.cancel(account.id, event_id), response)


@router.get("/{event_id}/bookings")
async def list_event_bookings(
    event_id: UUID, account: CurrentAccount, events: Events, paging: Paging
) -> PageOut[GuestOut]:
    page = await events.page_of_guests(account.id, event_id, paging)
    return PageOut(
        items=[guest(booking) for booking in page.items],
        next_cursor=page.next.encode() if page.next else None,
    )


@router.post("/{event_id}/bookings", status_code=201)
async def book(
    event_id: UUID,
    body: NewBooking,
    account: CurrentAccount,
    bookings: Bookings,
    key: RequestKey,
    response: Response,
) -> BookingOut:
    booked = await bookings.book(account.id, event_id, body, key)
    response.status_code = booked.status
    response.headers["Location"] = f"/bookings/{booked.booking.id}"
    if booked.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return booked.booking
