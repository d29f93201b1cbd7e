"""A database of its own for each run, made from the migrations: nothing has to be empty, and runs do not meet."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import make_url

from box_office.bootstrap import create_app
from box_office.database import Sessions, create_engine, create_sessions
from tests.conftest import make_settings

ALEMBIC = Config(Path(__file__).parents[2] / "alembic.ini")
PASSWORD = "correct horse battery"


def execute(url: str, statement: str) -> None:
    async def run() -> None:
        engine = create_engine(url)
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(run())


@pytest.fixture(scope="session")
def empty_database() -> Iterator[str]:
    server = os.environ.get("DATABASE_URL")
    if not server:
        pytest.fail("set DATABASE_URL to a PostgreSQL server on which databases may be created")
    name = f"box_office_test_{uuid4().hex}"
    execute(server, f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def database_url(empty_database: str) -> Iterator[str]:
    """Migrated up, down and up again: a way back that was never walked is none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", empty_database)
        command.upgrade(ALEMBIC, "head")
        command.downgrade(ALEMBIC, "base")
        command.upgrade(ALEMBIC, "head")
        command.check(ALEMBIC)  # the models say what the migrations do
        yield empty_database


class MovableClock:
    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, and what they do most."""

    client: httpx2.AsyncClient
    email: str
    headers: dict[str, str]

    async def call(self, method: str, path: str, json: object = None, **headers: str) -> httpx2.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, path, json=json, headers={**self.headers, **names})

    async def event(self, publish: bool = True, **changes: object) -> dict[str, Any]:
        body = {
            "title": "Opening night",
            "starts_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
            "capacity": 10,
            "price_cents": 2500,
            "currency": "EUR",
            **changes,
        }
        made = await self.call("POST", "/events", body)
        assert made.status_code == 201, made.text
        if publish:
            made = await self.call("POST", f"/events/{made.json()['id']}/publish")
            assert made.status_code == 200, made.text
        answer: dict[str, Any] = made.json()
        return answer

    async def book(self, event: dict[str, Any], seats: int = 1, key: str | None = None) -> httpx2.Response:
        path = f"/events/{event['id']}/bookings"
        return await self.call("POST", path, {"seats": seats}, Idempotency_Key=key or uuid4().hex)


class People:
    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def new(self) -> Person:
        credentials = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
        await self._client.post("/accounts", json=credentials)
        tokens = await self._client.post("/auth/login", json=credentials)
        assert tokens.status_code == 200, tokens.text
        headers = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
        return Person(self._client, credentials["email"], headers)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    engine = create_engine(database_url)
    yield create_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def client(database_url: str, clock: MovableClock) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole service in this process; each has an address of its own, so that no test uses up another's limit."""
    app = create_app(make_settings(database_url), clock)
    transport = httpx2.ASGITransport(app, client=(uuid4().hex, 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://box-office.test") as client:
        yield client
    await app.state.engine.dispose()


@pytest.fixture
def people(client: httpx2.AsyncClient) -> People:
    return People(client)
