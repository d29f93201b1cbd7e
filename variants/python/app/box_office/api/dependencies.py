"""What handlers ask for, as types: `account: CurrentAccount` is the whole guard."""

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from box_office.errors import IdempotencyKeyMissing, Invalid, PreconditionRequired, Unauthorized
from box_office.models import Account
from box_office.paging import Cursor, PageRequest
from box_office.services.accounts import AccountService
from box_office.services.bookings import BookingService
from box_office.services.container import Container
from box_office.services.events import EventService
from box_office.services.health import HealthService

# region: injection
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


# endregion: injection


class GuardedRoute(APIRoute):
    """Asks for a valid token before the body is read: FastAPI alone would first tell a stranger what is malformed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_if_signed_in(request: Request) -> Response:
            get_container(request).accounts.check_token(_token(await bearer(request)))
            return await handle(request)

        return handle_if_signed_in


def get_peer_address(request: Request) -> str:
    """Who is at the other end of the connection: a header with another address is the caller's own claim."""
    return request.client.host if request.client else "unknown"


def get_page_request(
    limit: Annotated[int, Query(ge=1, le=100)] = 20, cursor: Annotated[str | None, Query(max_length=500)] = None
) -> PageRequest:
    return PageRequest(limit, None if cursor is None else Cursor.decode(cursor))


def get_expected_version(if_match: Annotated[str | None, Header()] = None) -> int:
    if if_match is None:
        raise PreconditionRequired("Say in If-Match which version is changed.")
    tag = re.fullmatch(r'"([1-9][0-9]{0,8})"', if_match.strip())
    return int(tag[1]) if tag else 0  # no version has the number 0: whoever may see the event gets 412


def get_idempotency_key(idempotency_key: Annotated[str | None, Header()] = None) -> str:
    if not idempotency_key:
        raise IdempotencyKeyMissing("Send an Idempotency-Key, so that a repeated request books once.")
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", idempotency_key):
        raise Invalid("/Idempotency-Key", "must be 1 to 255 visible ASCII characters")
    return idempotency_key


PeerAddress = Annotated[str, Depends(get_peer_address)]
Paging = Annotated[PageRequest, Depends(get_page_request)]
ExpectedVersion = Annotated[int, Depends(get_expected_version)]
RequestKey = Annotated[str, Depends(get_idempotency_key)]
