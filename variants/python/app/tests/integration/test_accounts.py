import httpx2
import pytest

from box_office.bootstrap import create_app
from tests.conftest import make_settings
from tests.integration.conftest import PASSWORD, People

pytestmark = pytest.mark.anyio


async def tokens_of(client: httpx2.AsyncClient, email: str) -> dict[str, str]:
    answer = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
    tokens: dict[str, str] = answer.json()
    return tokens


async def refresh(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post("/auth/refresh", json={"refresh_token": token})


async def test_a_taken_address_keeps_its_password(client: httpx2.AsyncClient, people: People) -> None:
    ada = await people.new()

    again = await client.post("/accounts", json={"email": ada.email.upper(), "password": "another password"})

    assert (again.status_code, again.json()) == (202, {"status": "accepted"})
    assert "access_token" in await tokens_of(client, ada.email)


async def test_unknown_account_and_wrong_password_are_told_alike(client: httpx2.AsyncClient, people: People) -> None:
    ada = await people.new()

    wrong = await client.post("/auth/login", json={"email": ada.email, "password": "wrong"})
    unknown = await client.post("/auth/login", json={"email": "nobody@example.org", "password": "wrong"})

    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert wrong.status_code == 401


async def test_past_the_limit_the_right_password_is_refused_too(client: httpx2.AsyncClient, people: People) -> None:
    ada = await people.new()  # one login
    for _ in range(4):
        await client.post("/auth/login", json={"email": ada.email, "password": "wrong"})

    refused = await client.post("/auth/login", json={"email": f" {ada.email.upper()}", "password": PASSWORD})

    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


async def test_registrations_are_limited_by_address(database_url: str) -> None:
    settings = make_settings(database_url).model_copy(update={"login_limit_per_address": 2})
    app = create_app(settings)
    transport = httpx2.ASGITransport(app, client=("test_registrations", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://box-office.test") as client:
        credentials = {"email": "limited@example.org", "password": PASSWORD}
        registered = [(await client.post("/accounts", json=credentials)).status_code for _ in range(3)]
        login = await client.post("/auth/login", json=credentials)
    await app.state.engine.dispose()

    assert registered == [202, 202, 429]
    assert login.status_code == 200


async def test_a_refresh_token_works_once(client: httpx2.AsyncClient, people: People) -> None:
    first = await tokens_of(client, (await people.new()).email)

    second = await refresh(client, first["refresh_token"])

    assert second.status_code == 200
    assert second.headers["Cache-Control"] == "no-store"


async def test_a_spent_token_ends_everything_that_came_from_it(client: httpx2.AsyncClient, people: People) -> None:
    first = await tokens_of(client, (await people.new()).email)
    second = (await refresh(client, first["refresh_token"])).json()

    stolen = await refresh(client, first["refresh_token"])
    after = await refresh(client, second["refresh_token"])

    assert (stolen.status_code, after.status_code) == (401, 401)


async def test_another_login_lives_on(client: httpx2.AsyncClient, people: People) -> None:
    ada = await people.new()
    first, other = await tokens_of(client, ada.email), await tokens_of(client, ada.email)
    await refresh(client, first["refresh_token"])
    await refresh(client, first["refresh_token"])

    assert (await refresh(client, other["refresh_token"])).status_code == 200


async def test_after_logout_the_token_is_worth_nothing(client: httpx2.AsyncClient, people: People) -> None:
    tokens = await tokens_of(client, (await people.new()).email)

    left = await client.post("/auth/logout", json={"refresh_token": tokens["refresh_token"]})
    unknown = await client.post("/auth/logout", json={"refresh_token": "unknown"})

    assert (left.status_code, unknown.status_code) == (204, 204)
    assert (await refresh(client, tokens["refresh_token"])).status_code == 401
