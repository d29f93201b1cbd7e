"""Registration, sign-in, and who is signed in."""

from fastapi import APIRouter, Response

from box_office.api.dependencies import Accounts, CurrentAccount, PeerAddress
from box_office.schemas import Accepted, AccountOut, Credentials, RefreshRequest, Registration, Tokens

router = APIRouter(tags=["accounts"])


@router.post("/accounts", status_code=202)
async def register(body: Registration, accounts: Accounts, address: PeerAddress) -> Accepted:
    await accounts.register(body.email, body.password, address)
    return Accepted()


@router.post("/auth/login")
async def login(body: Credentials, accounts: Accounts, address: PeerAddress, response: Response) -> Tokens:
    pair = await accounts.login(body.email, body.password, address)
    response.headers["Cache-Control"] = "no-store"
    return Tokens.model_validate(pair)


@router.post("/auth/refresh")
async def refresh(body: RefreshRequest, accounts: Accounts, response: Response) -> Tokens:
    pair = await accounts.refresh(body.refresh_token)
    response.headers["Cache-Control"] = "no-store"
    return Tokens.model_validate(pair)


@router.post("/auth/logout", status_code=204)
async def logout(body: RefreshRequest, accounts: Accounts) -> None:
    await accounts.logout(body.refresh_token)


@router.get("/me")
async def me(account: CurrentAccount) -> AccountOut:
    return AccountOut.model_validate(account)
