import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from sqlalchemy import delete, func, select, update

from box_office.clock import utc_now
from box_office.database import Sessions
from box_office.models import OutboxMessage
from box_office.services.deliveries import DeliveryPolicy, OutboxWorker, sign
from tests.integration.conftest import People

pytestmark = pytest.mark.anyio

POLICY = DeliveryPolicy(
    url="http://webhook.test/hook",
    secret=b"a secret",
    poll=timedelta(milliseconds=10),
    lease=timedelta(seconds=30),
    backoff=timedelta(seconds=60),
    max_attempts=2,
)


class Receiver:
    def __init__(self, answer: Callable[[httpx2.Request], httpx2.Response]) -> None:
        self.requests: list[httpx2.Request] = []
        self._answer = answer

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self._answer(request)


def worker(sessions: Sessions, receiver: Receiver) -> OutboxWorker:
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(receiver))
    return OutboxWorker(sessions, client, POLICY, utc_now)


@pytest.fixture
async def message(sessions: Sessions, people: People) -> OutboxMessage:
    """The only open one: a booking that was made."""
    async with sessions.begin() as session:
        await session.execute(delete(OutboxMessage))
    ada = await people.new()
    await ada.book(await ada.event())
    return await only(sessions)


async def only(sessions: Sessions) -> OutboxMessage:
    async with sessions() as session:
        return (await session.scalars(select(OutboxMessage))).one()


async def make_due(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(update(OutboxMessage).values(available_at=func.now()))


async def test_a_message_is_signed_and_sent_once(sessions: Sessions, message: OutboxMessage) -> None:
    receiver = Receiver(lambda _: httpx2.Response(204))

    sent = await worker(sessions, receiver).deliver_next()
    idle = await worker(sessions, receiver).deliver_next()

    assert (sent, idle, len(receiver.requests)) == (True, False, 1)
    headers, body = receiver.requests[0].headers, receiver.requests[0].content
    assert headers["Webhook-Id"] == str(message.id)
    assert headers["Webhook-Signature"] == sign(b"a secret", str(message.id), int(headers["Webhook-Timestamp"]), body)
    assert json.loads(body)["type"] == "booking.created"
    assert json.loads(body)["data"] == message.payload
    assert (await only(sessions)).delivered_at is not None


@pytest.mark.parametrize("status", [301, 400, 500])
async def test_what_is_not_taken_is_tried_again_and_given_up_in_the_end(
    sessions: Sessions, message: OutboxMessage, status: int
) -> None:
    receiver = Receiver(lambda _: httpx2.Response(status, headers={"Location": "http://webhook.test/other"}))

    await worker(sessions, receiver).deliver_next()
    first = await only(sessions)
    await make_due(sessions)
    await worker(sessions, receiver).deliver_next()
    last = await only(sessions)

    assert [str(request.url) for request in receiver.requests] == [POLICY.url] * 2
    assert first.failed_at is None
    assert first.available_at > datetime.now(UTC) + timedelta(seconds=40)
    assert (last.id, last.attempts, last.last_error) == (message.id, 2, f"status {status}")
    assert last.failed_at is not None


async def test_a_message_of_a_worker_that_died_comes_back_after_its_lease(
    sessions: Sessions, message: OutboxMessage
) -> None:
    def die(_: httpx2.Request) -> httpx2.Response:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await worker(sessions, Receiver(die)).deliver_next()
    receiver = Receiver(lambda _: httpx2.Response(200))

    early = await worker(sessions, receiver).deliver_next()
    await make_due(sessions)
    late = await worker(sessions, receiver).deliver_next()

    assert (early, late) == (False, True)
    assert receiver.requests[0].headers["Webhook-Id"] == str(message.id)


@pytest.mark.usefixtures("message")
async def test_two_workers_do_not_take_the_same_message(sessions: Sessions) -> None:
    receiver = Receiver(lambda _: httpx2.Response(200))

    taken = await asyncio.gather(*(worker(sessions, receiver).deliver_next() for _ in range(4)))

    assert sorted(taken) == [False, False, False, True]
    assert len(receiver.requests) == 1


@pytest.mark.usefixtures("message")
async def test_told_to_stop_it_finishes_its_message(sessions: Sessions) -> None:
    stopping = asyncio.Event()

    def answer(_: httpx2.Request) -> httpx2.Response:
        stopping.set()
        return httpx2.Response(200)

    await asyncio.wait_for(worker(sessions, Receiver(answer)).run(stopping), 10)

    assert (await only(sessions)).delivered_at is not None
