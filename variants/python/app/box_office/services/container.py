"""The services, as one thing to hand around."""

from dataclasses import dataclass

from box_office.services.accounts import AccountService
from box_office.services.bookings import BookingService
from box_office.services.events import EventService
from box_office.services.health import HealthService


@dataclass(frozen=True)
class Container:
    accounts: AccountService
    events: EventService
    bookings: BookingService
    health: HealthService
