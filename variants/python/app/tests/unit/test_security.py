from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from box_office.clock import utc_now
from box_office.errors import Unauthorized
from box_office.security import AccessTokens, Passwords, new_refresh_token

SECRET = "a secret of the tests, long enough"
TOKENS = AccessTokens(SECRET, timedelta(minutes=15), utc_now)


def forged(changes: dict[str, Any], typ: str = "at+jwt", secret: str = SECRET) -> str:
    now = datetime.now(UTC)
    claims = {
        "iss": "box-office",
        "aud": "box-office-api",
        "sub": str(uuid4()),
        "iat": now,
        "exp": now + timedelta(minutes=1),
        "jti": "1",
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, secret, algorithm="HS256", headers={"typ": typ})


def test_a_token_names_its_account() -> None:
    account_id = uuid4()

    assert TOKENS.verify(TOKENS.issue(account_id)) == account_id


def test_the_forger_of_these_tests_makes_valid_tokens_otherwise() -> None:
    TOKENS.verify(forged({}))


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "iat", "exp", "jti"])
def test_a_token_without_a_claim_is_refused(claim: str) -> None:
    with pytest.raises(Unauthorized):
        TOKENS.verify(forged({claim: None}))


@pytest.mark.parametrize(
    "token",
    [
        forged({"iss": "another"}),
        forged({"aud": "another"}),
        forged({"sub": "not a uuid"}),
        forged({"exp": datetime.now(UTC) - timedelta(seconds=10)}),
        forged({}, secret="another secret, and as long as it has to be"),
        forged({}, typ="JWT"),
        jwt.encode({"sub": str(uuid4())}, None, algorithm="none"),
        forged({})[:-2],
        "a.b.c",
        "",
    ],
)
def test_a_token_that_is_wrong_in_one_thing_is_refused(token: str) -> None:
    with pytest.raises(Unauthorized):
        TOKENS.verify(token)


@pytest.mark.anyio
async def test_a_password_matches_its_own_hash_only() -> None:
    passwords = Passwords(8, 1, 1)
    stored = await passwords.hash("correct horse battery")

    assert await passwords.verify(stored, "correct horse battery")
    assert not await passwords.verify(stored, "correct horse batterY")
    assert not await passwords.verify("no hash at all", "correct horse battery")


@pytest.mark.anyio
async def test_an_unknown_account_never_matches() -> None:
    assert not await Passwords(8, 1, 1).verify(None, "correct horse battery")


@pytest.mark.anyio
async def test_a_hash_of_old_parameters_is_outdated() -> None:
    old, new = Passwords(8, 1, 1), Passwords(16, 1, 1)
    stored = await old.hash("correct horse battery")

    assert new.is_outdated(stored)
    assert not old.is_outdated(stored)


def test_refresh_tokens_have_32_random_bytes() -> None:
    first, second = new_refresh_token(), new_refresh_token()

    assert len(first) == 43
    assert first != second
