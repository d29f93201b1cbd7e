"""Whether this process should be sent requests."""

import asyncio

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from box_office.database import Sessions
from box_office.errors import Unavailable


class HealthService:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._is_stopping = False

    def stop(self) -> None:
        self._is_stopping = True

    async def check(self) -> None:
        if self._is_stopping:
            raise Unavailable("The service is stopping.")
        try:
            async with asyncio.timeout(2), self._sessions() as session:
                await session.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise Unavailable("The database does not answer.") from error
