"""Messages that wait to be delivered."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from box_office.models import OutboxMessage

OPEN = (OutboxMessage.delivered_at.is_(None), OutboxMessage.failed_at.is_(None))


class OutboxRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    # region: outbox
    def add(self, topic: str, payload: dict[str, Any]) -> None:
        self._session.add(OutboxMessage(topic=topic, payload=payload))

    async def claim(self, lease: timedelta) -> OutboxMessage | None:
        """The message that is due longest, ours until the lease runs out. What another worker holds is passed over."""
        due = (
            select(OutboxMessage.id)
            .where(*OPEN, OutboxMessage.available_at <= func.now())
            .order_by(OutboxMessage.available_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        statement = (
            update(OutboxMessage)
            .where(OutboxMessage.id == due.c.id)
            .values(attempts=OutboxMessage.attempts + 1, available_at=func.now() + lease)
            .returning(OutboxMessage)
        )
        return await self._session.scalar(statement)

    # endregion: outbox

    async def mark_delivered(self, message_id: UUID, attempt: int) -> None:
        await self._mark(message_id, attempt, {"delivered_at": func.now(), "last_error": None})

    async def retry_later(self, message_id: UUID, attempt: int, delay: timedelta, error: str) -> None:
        await self._mark(message_id, attempt, {"available_at": func.now() + delay, "last_error": error})

    async def mark_failed(self, message_id: UUID, attempt: int, error: str) -> None:
        await self._mark(message_id, attempt, {"failed_at": func.now(), "last_error": error})

    async def _mark(self, message_id: UUID, attempt: int, values: dict[str, Any]) -> None:
        # Only while it is our attempt: after the lease, another worker's word counts.
        ours = (OutboxMessage.id == message_id, OutboxMessage.attempts == attempt, *OPEN)
        await self._session.execute(update(OutboxMessage).where(*ours).values(values))
