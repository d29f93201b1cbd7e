"""Tells the webhook what has happened: at least once, each message under one id."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, timedelta

import httpx2
from sqlalchemy.exc import SQLAlchemyError

from box_office.clock import Clock
from box_office.database import Sessions
from box_office.models import OutboxMessage
from box_office.repositories.outbox import OutboxRepository

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeliveryPolicy:
    url: str
    secret: bytes
    poll: timedelta
    lease: timedelta
    backoff: timedelta
    max_attempts: int

    def wait_after(self, attempt: int) -> timedelta:
        """Twice as long each time, with jitter, so that what failed together does not come back together."""
        return self.backoff * float(2 ** (attempt - 1)) * random.uniform(0.8, 1.2)  # noqa: S311  not a secret


def encode(message: OutboxMessage) -> bytes:
    created_at = message.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = {"id": str(message.id), "type": message.topic, "created_at": created_at, "data": message.payload}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def sign(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """As Standard Webhooks has it: the time is signed too, so that the receiver can refuse what is old."""
    signed = hmac.new(secret, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


# region: outbox
class OutboxWorker:
    def __init__(self, sessions: Sessions, client: httpx2.AsyncClient, policy: DeliveryPolicy, clock: Clock) -> None:
        self._sessions = sessions
        self._client = client
        self._policy = policy
        self._clock = clock

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop, and never in the middle of a message."""
        while not stopping.is_set():
            try:
                found = await self.deliver_next()
            except (SQLAlchemyError, OSError):
                log.exception("the outbox cannot be read")
                found = False
            if not found:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), self._policy.poll.total_seconds())

    async def deliver_next(self) -> bool:
        """Claim, call, mark: the call is outside any transaction. A process that dies leaves the lease to run out."""
        async with self._sessions.begin() as session:
            message = await OutboxRepository(session).claim(self._policy.lease)
        if message is None:
            return False
        error = await self._send(message)
        async with self._sessions.begin() as session:
            outbox = OutboxRepository(session)
            if error is None:
                await outbox.mark_delivered(message.id, message.attempts)
            elif message.attempts < self._policy.max_attempts:
                await outbox.retry_later(message.id, message.attempts, self._policy.wait_after(message.attempts), error)
            else:
                await outbox.mark_failed(message.id, message.attempts, error)
        return True

    async def _send(self, message: OutboxMessage) -> str | None:
        """None once the receiver has taken it, else what went wrong."""
        if message.attempts > self._policy.max_attempts:  # the process died in the last attempt
            return "no attempt is left"
        body = encode(message)
        timestamp = int(self._clock().timestamp())
        headers = {
            "Content-Type": "application/json",
            "Webhook-Id": str(message.id),
            "Webhook-Timestamp": str(timestamp),
            "Webhook-Signature": sign(self._policy.secret, str(message.id), timestamp, body),
        }
        try:
            response = await self._client.post(self._policy.url, content=body, headers=headers)
        except httpx2.HTTPError as error:
            return type(error).__name__
        return None if response.is_success else f"status {response.status_code}"


# endregion: outbox
