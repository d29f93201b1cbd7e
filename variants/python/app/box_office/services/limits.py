"""How often something may be tried. The store is shared, so two processes count together."""

# region: rate-limit
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import case, extract, func
from sqlalchemy.dialects.postgresql import insert

from box_office.database import Sessions
from box_office.errors import RateLimited
from box_office.models import RateLimit
from box_office.security import sha256


@dataclass(frozen=True)
class Limit:
    name: str
    hits: int
    window: timedelta


class RateLimiter(Protocol):
    async def hit(self, limit: Limit, subject: str) -> None:
        """Count one attempt; raises RateLimited past the limit."""


class PostgresRateLimiter:
    """Fixed windows in the database, counted in one statement and committed at once: a refused attempt counts too."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def hit(self, limit: Limit, subject: str) -> None:
        bucket = f"{limit.name}:{sha256(subject).hex()}"
        is_over = RateLimit.window_start <= func.now() - limit.window
        counted = (
            insert(RateLimit)
            .values(bucket=bucket, window_start=func.now(), hits=1)
            .on_conflict_do_update(
                index_elements=[RateLimit.bucket],
                set_={
                    "hits": case((is_over, 1), else_=RateLimit.hits + 1),
                    "window_start": case((is_over, func.now()), else_=RateLimit.window_start),
                },
            )
            .returning(RateLimit.hits, extract("epoch", RateLimit.window_start + limit.window - func.now()))
        )
        async with self._sessions.begin() as session:
            hits, remaining = (await session.execute(counted)).one()
        if hits > limit.hits:
            raise RateLimited(max(1, math.ceil(remaining)))


# endregion: rate-limit
