"""Registration, sign-in and the life of tokens."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from box_office.clock import Clock
from box_office.database import Sessions
from box_office.errors import Unauthorized
from box_office.models import Account, RefreshToken
from box_office.repositories.accounts import AccountRepository, RefreshTokenRepository
from box_office.security import AccessTokens, Passwords, new_refresh_token, sha256
from box_office.services.limits import Limit, RateLimiter


@dataclass(frozen=True)
class TokenPair:
    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class AttemptLimits:
    logins_per_account: Limit
    logins_per_address: Limit
    registrations_per_address: Limit


class AccountService:
    def __init__(
        self,
        sessions: Sessions,
        passwords: Passwords,
        access_tokens: AccessTokens,
        limiter: RateLimiter,
        limits: AttemptLimits,
        refresh_ttl: timedelta,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._limiter = limiter
        self._limits = limits
        self._refresh_ttl = refresh_ttl
        self._clock = clock

    async def register(self, email: str, password: str, address: str) -> None:
        """The same work and the same answer whether or not the address is taken: nobody learns who has an account."""
        await self._limiter.hit(self._limits.registrations_per_address, address)
        password_hash = await self._passwords.hash(password)
        async with self._sessions.begin() as session:
            await AccountRepository(session).add_if_absent(email, password_hash)

    async def login(self, email: str, password: str, address: str) -> TokenPair:
        await self._limiter.hit(self._limits.logins_per_address, address)
        await self._limiter.hit(self._limits.logins_per_account, email)
        async with self._sessions() as session:
            account = await AccountRepository(session).find_by_email(email)
        # No connection is held while the password is checked.
        is_right = await self._passwords.verify(account.password_hash if account else None, password)
        if account is None or not is_right:
            raise Unauthorized("The address or the password is wrong.")
        renewed = await self._passwords.hash(password) if self._passwords.is_outdated(account.password_hash) else None
        async with self._sessions.begin() as session:
            if renewed:
                await AccountRepository(session).set_password_hash(account.id, renewed)
            return self._issue(RefreshTokenRepository(session), account.id, family_id=None)

    async def refresh(self, refresh_token: str) -> TokenPair:
        """A new pair for an unspent token. A spent one has been copied by somebody: its whole family ends."""
        async with self._sessions.begin() as session:
            tokens = RefreshTokenRepository(session)
            token = await tokens.lock_by_hash(sha256(refresh_token))
            now = self._clock()
            if token and token.used_at is None and token.revoked_at is None and token.expires_at > now:
                token.used_at = now
                return self._issue(tokens, token.account_id, token.family_id)
            if token and token.used_at:
                await tokens.revoke_family(token.family_id, now)
        # Raised after the commit: inside, it would undo the revocation.
        raise Unauthorized("The refresh token is not valid.")

    async def logout(self, refresh_token: str) -> None:
        async with self._sessions.begin() as session:
            tokens = RefreshTokenRepository(session)
            token = await tokens.lock_by_hash(sha256(refresh_token))
            if token:
                await tokens.revoke_family(token.family_id, self._clock())

    def check_token(self, access_token: str) -> UUID:
        return self._access_tokens.verify(access_token)

    async def authenticate(self, access_token: str) -> Account:
        account_id = self.check_token(access_token)
        async with self._sessions() as session:
            account = await AccountRepository(session).find(account_id)
        if account is None:
            raise Unauthorized("The access token is not valid.")
        return account

    def _issue(self, tokens: RefreshTokenRepository, account_id: UUID, family_id: UUID | None) -> TokenPair:
        token_id = uuid4()
        refresh_token = new_refresh_token()
        tokens.add(
            RefreshToken(
                id=token_id,
                account_id=account_id,
                family_id=family_id or token_id,
                token_hash=sha256(refresh_token),
                expires_at=self._clock() + self._refresh_ttl,
            )
        )
        access_token = self._access_tokens.issue(account_id)
        return TokenPair(access_token, refresh_token, int(self._access_tokens.ttl.total_seconds()))
