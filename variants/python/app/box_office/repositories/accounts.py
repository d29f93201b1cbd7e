"""Accounts and their refresh tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from box_office.models import Account, RefreshToken


class AccountRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_if_absent(self, email: str, password_hash: str) -> None:
        """A taken address keeps its account and its password."""
        account = insert(Account).values(email=email, password_hash=password_hash)
        await self._session.execute(account.on_conflict_do_nothing(index_elements=[Account.email]))

    async def find(self, account_id: UUID) -> Account | None:
        return await self._session.get(Account, account_id)

    async def find_by_email(self, email: str) -> Account | None:
        return await self._session.scalar(select(Account).where(Account.email == email))

    async def set_password_hash(self, account_id: UUID, password_hash: str) -> None:
        await self._session.execute(update(Account).where(Account.id == account_id).values(password_hash=password_hash))


class RefreshTokenRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, token: RefreshToken) -> None:
        self._session.add(token)

    async def lock_by_hash(self, token_hash: bytes) -> RefreshToken | None:
        """The token, with its whole family locked: uses of one family come one after the other.

        The family's first token stands for all of it. Locking the presented row alone would let a rotation of its
        successor slip past the revocation.
        """
        family = await self._session.scalar(select(RefreshToken.family_id).where(RefreshToken.token_hash == token_hash))
        if family is None:
            return None
        await self._session.execute(select(RefreshToken.id).where(RefreshToken.id == family).with_for_update())
        return await self._session.scalar(select(RefreshToken).where(RefreshToken.token_hash == token_hash))

    async def revoke_family(self, family_id: UUID, now: datetime) -> None:
        family = update(RefreshToken).where(RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None))
        await self._session.execute(family.values(revoked_at=now))
