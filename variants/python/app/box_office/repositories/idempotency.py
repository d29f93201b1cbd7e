"""Answers that were given, by the key the caller made up for the request."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from box_office.models import IdempotencyKey


# region: idempotent-write
class IdempotencyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_or_wait(self, account_id: UUID, route: str, key: str) -> IdempotencyKey | None:
        """The stored answer. A second request with the same key waits here until the first has ended."""
        name = f"{account_id} {route} {key}"
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
        return await self._session.get(IdempotencyKey, (account_id, route, key))

    def add(self, answer: IdempotencyKey) -> None:
        self._session.add(answer)


# endregion: idempotent-write
