"""The wiring: every part is made here, once, from the settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx2
from fastapi import FastAPI

from box_office.api import accounts, bookings, events, health
from box_office.api.body_limit import BodyLimit
from box_office.api.problems import add_error_handlers
from box_office.clock import Clock, utc_now
from box_office.database import Sessions, create_engine, create_sessions
from box_office.security import AccessTokens, Passwords
from box_office.services.accounts import AccountService, AttemptLimits
from box_office.services.bookings import BookingService
from box_office.services.container import Container
from box_office.services.deliveries import DeliveryPolicy, OutboxWorker
from box_office.services.events import EventService
from box_office.services.health import HealthService
from box_office.services.limits import Limit, PostgresRateLimiter
from box_office.settings import Settings
from box_office.telemetry import RequestLog

MAX_BODY_BYTES = 65_536


def create_container(settings: Settings, sessions: Sessions, clock: Clock = utc_now) -> Container:
    window = settings.login_window
    limits = AttemptLimits(
        logins_per_account=Limit("login-account", settings.login_limit_per_account, window),
        logins_per_address=Limit("login-address", settings.login_limit_per_address, window),
        registrations_per_address=Limit("register-address", settings.login_limit_per_address, window),
    )
    passwords = Passwords(settings.argon2_memory_kib, settings.argon2_iterations, settings.argon2_parallelism)
    access_tokens = AccessTokens(settings.jwt_secret.get_secret_value(), settings.access_ttl, clock)
    limiter = PostgresRateLimiter(sessions)
    return Container(
        accounts=AccountService(sessions, passwords, access_tokens, limiter, limits, settings.refresh_ttl, clock),
        events=EventService(sessions, clock),
        bookings=BookingService(sessions, clock),
        health=HealthService(sessions),
    )


def create_policy(settings: Settings) -> DeliveryPolicy:
    return DeliveryPolicy(
        url=settings.webhook_url,
        secret=settings.webhook_secret.get_secret_value().encode(),
        poll=timedelta(milliseconds=settings.outbox_poll_ms),
        lease=timedelta(seconds=settings.outbox_lease_seconds),
        backoff=timedelta(milliseconds=settings.outbox_backoff_ms),
        max_attempts=settings.outbox_max_attempts,
    )


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    engine = create_engine(settings.database_url)
    sessions = create_sessions(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stopping = asyncio.Event()
        timeout = settings.webhook_timeout_ms / 1000
        # Neither redirects nor proxies of the environment: the settings say where messages go.
        async with httpx2.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False) as client:
            worker = OutboxWorker(sessions, client, create_policy(settings), clock)
            task = asyncio.create_task(worker.run(stopping))
            yield
            stopping.set()
            await task
        await engine.dispose()

    # The document of the API is openapi.yaml of the contract; the generated one would be three more public routes.
    app = FastAPI(title="Box office", lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    app.state.engine = engine
    app.state.container = create_container(settings, sessions, clock)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    app.add_middleware(RequestLog)  # the last one added is the first to see a request
    add_error_handlers(app)
    for module in (health, accounts, events, bookings):
        app.include_router(module.router)
    return app
