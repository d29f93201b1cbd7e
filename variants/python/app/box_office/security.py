"""Passwords and tokens."""

import hashlib
import secrets
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import jwt
from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from box_office.clock import Clock
from box_office.errors import Unauthorized

ISSUER = "box-office"
AUDIENCE = "box-office-api"
TOKEN_TYPE = "at+jwt"  # noqa: S105  RFC 9068: an ID token or a reset token is not taken for an access token
CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti"]


class Passwords:
    """Argon2id off the event loop, a few at a time: hashing is made to be slow."""

    def __init__(self, memory_kib: int, iterations: int, parallelism: int) -> None:
        self._hasher = PasswordHasher(time_cost=iterations, memory_cost=memory_kib, parallelism=parallelism)
        self._turns = CapacityLimiter(4)
        # An unknown account is checked against this one, so that it takes as long as a known one.
        self._dummy = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(self._hasher.hash, password, limiter=self._turns)

    async def verify(self, stored: str | None, password: str) -> bool:
        matches = await to_thread.run_sync(partial(self._matches, stored or self._dummy, password), limiter=self._turns)
        return matches and stored is not None

    def is_outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


class AccessTokens:
    def __init__(self, secret: str, ttl: timedelta, clock: Clock) -> None:
        self._secret = secret
        self.ttl = ttl
        self._clock = clock

    def issue(self, account_id: UUID) -> str:
        now = self._clock()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(account_id),
            "iat": now,
            "exp": now + self.ttl,
            "jti": str(uuid4()),
        }
        return jwt.encode(claims, self._secret, algorithm="HS256", headers={"typ": TOKEN_TYPE})

    def verify(self, token: str) -> UUID:
        """The account that the token speaks for. All claims are required: else a token without `exp` would pass."""
        try:
            decoded = jwt.decode_complete(
                token, self._secret, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE, options={"require": CLAIMS}
            )
            if decoded["header"].get("typ") != TOKEN_TYPE:
                raise Unauthorized("The access token is not valid.")
            return UUID(decoded["payload"]["sub"])
        except (jwt.InvalidTokenError, ValueError) as error:
            raise Unauthorized("The access token is not valid.") from error


def new_refresh_token() -> str:
    return secrets.token_urlsafe(32)


def sha256(text: str) -> bytes:
    """For values with enough entropy of their own, which need no slow hash."""
    return hashlib.sha256(text.encode()).digest()
