# A resource from end to end, cut from app/ by tests/variants/cut.py.

# --- box_office/models.py:25-72
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

# --- box_office/fields.py:17-50
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


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


Title = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_no_nul), AfterValidator(_not_blank)]
Moment = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_plausible_utc)]
# Strict: otherwise "5" and true would pass for numbers.
Capacity = Annotated[int, Field(strict=True, ge=1, le=100_000)]
PriceCents = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
Currency = Literal["EUR", "GBP", "USD"]

# --- box_office/schemas.py:25-64
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

# --- box_office/repositories/events.py:4-35
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

# --- box_office/paging.py:16-36
@dataclass(frozen=True)
class Cursor:
    """The sort key of the last row of a page: a moment, and the id that settles ties."""

    moment: datetime
    id: UUID

    def encode(self) -> str:
        micros = (self.moment - EPOCH) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(f"{micros} {self.id}".encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        try:
            micros, row_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(" ")
            cursor = cls(EPOCH + timedelta(microseconds=int(micros)), UUID(row_id))
        except (ValueError, OverflowError) as error:
            raise Invalid("/cursor", "is not a cursor of this list") from error
        if cursor.encode() != text:  # what decodes is not yet what was given out: +1, 1_0, bits beyond the last byte
            raise Invalid("/cursor", "is not a cursor of this list")
        return cursor

# --- box_office/repositories/events.py:40-50
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

# --- box_office/services/events.py:4-52
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

# --- box_office/repositories/events.py:55-68
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

# --- box_office/services/events.py:57-69
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

# --- box_office/api/dependencies.py:21-64
bearer = HTTPBearer(auto_error=False)


def get_container(request: Request) -> Container:
    """Made once, in bootstrap.py. A test builds its own with the parts it wants to replace."""
    container: Container = request.app.state.container
    return container


def get_accounts(container: Annotated[Container, Depends(get_container)]) -> AccountService:
    return container.accounts


def get_events(container: Annotated[Container, Depends(get_container)]) -> EventService:
    return container.events


def get_bookings(container: Annotated[Container, Depends(get_container)]) -> BookingService:
    return container.bookings


def get_health(container: Annotated[Container, Depends(get_container)]) -> HealthService:
    return container.health


Accounts = Annotated[AccountService, Depends(get_accounts)]
Events = Annotated[EventService, Depends(get_events)]
Bookings = Annotated[BookingService, Depends(get_bookings)]
HealthChecks = Annotated[HealthService, Depends(get_health)]


async def get_current_account(
    accounts: Accounts, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Account:
    return await accounts.authenticate(_token(credentials))


def _token(credentials: HTTPAuthorizationCredentials | None) -> str:
    if credentials is None:
        raise Unauthorized("An access token is needed.")
    return credentials.credentials


CurrentAccount = Annotated[Account, Depends(get_current_account)]

# --- box_office/api/events.py:20-59
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

# --- tests/integration/test_bookings.py:4-28
from datetime import timedelta

import anyio
import pytest

from tests.integration.conftest import MovableClock, People, Person

pytestmark = pytest.mark.anyio


async def test_the_last_seat_is_sold_once(people: People) -> None:
    owner = await people.new()
    event = await owner.event(capacity=1)
    guests = [await people.new() for _ in range(5)]
    answers: list[int] = []

    async def book(guest: Person) -> None:
        answers.append((await guest.book(event)).status_code)

    async with anyio.create_task_group() as tasks:
        for guest in guests:
            tasks.start_soon(book, guest)

    assert sorted(answers) == [201, 409, 409, 409, 409]
    assert (await owner.call("GET", f"/events/{event['id']}")).json()["seats_left"] == 0
