"""Access tokens are believed only when everything about them is right; refresh tokens serve once."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from contract_suite.client import JSON, Api, Person, statuses, together
from contract_suite.database import Database
from contract_suite.service import Service, StartService

Forge = Callable[..., str]


@pytest.fixture
def forge(service: Service, guest: Person) -> Forge:
    """A token like those of the service, with changes; None leaves a claim out."""

    def make(secret: "str | None" = None, algorithm: str = "HS256", header: "JSON | None" = None, **changes: Any) -> str:
        now = int(time.time())
        claims: JSON = {"iss": "box-office", "aud": "box-office-api", "sub": guest.id, "iat": now, "exp": now + 300, "jti": "6b1f"}
        claims["exp"] -= 300 + changes.pop("ended") if "ended" in changes else 0  # seconds ago
        claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        key = service.settings["JWT_SECRET"] if secret is None else secret
        return jwt.encode(claims, key, algorithm=algorithm, headers={"typ": "at+jwt", **(header or {})})

    return make


def refused(api: Api, token: str) -> None:
    answer = api.request("GET", "/me", 401, code="unauthorized", token=token)

    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_of_the_service_has_the_claims_of_the_contract(service: Service, guest: Person) -> None:
    claims = jwt.decode(guest.access, service.settings["JWT_SECRET"], algorithms=["HS256"], audience="box-office-api", issuer="box-office")

    assert jwt.get_unverified_header(guest.access)["typ"] == "at+jwt"
    assert set(claims) == {"iss", "aud", "sub", "iat", "exp", "jti"}
    assert (claims["sub"], claims["exp"] - claims["iat"]) == (guest.id, 900)


def test_a_right_token_made_elsewhere_is_believed(api: Api, forge: Forge) -> None:
    api.request("GET", "/me", 200, token=forge())


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"ended": 30},
        {"exp": None},
        {"sub": None},
        {"sub": "nobody"},
        {"sub": "00000000-0000-4000-8000-000000000000"},
        {"iss": "someone-else"},
        {"iss": None},
        {"aud": "another-api"},
        {"aud": None},
        {"iat": None},
        {"jti": None},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": None}},
        {"secret": "another secret that is also long enough"},
        {"algorithm": "HS512"},
        {"algorithm": "HS384"},
    ],
    ids=str,
)
def test_a_token_with_one_thing_wrong_is_refused(api: Api, forge: Forge, changes: JSON) -> None:
    refused(api, forge(**changes))


def test_a_token_without_a_signature_is_refused(api: Api, forge: Forge) -> None:
    head, body, _ = forge().split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()

    for token in (f"{none}.{body}.", f"{none}.{body}", f"{head}.{body}.", f"{head}.{body}"):
        refused(api, token)


def test_a_changed_body_or_signature_is_refused(api: Api, forge: Forge, owner: Person) -> None:
    head, body, signature = forge().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    stolen = base64.urlsafe_b64encode(json.dumps({**claims, "sub": owner.id}).encode()).rstrip(b"=").decode()
    flipped = ("A" if signature[4] != "A" else "B").join((signature[:4], signature[5:]))

    refused(api, f"{head}.{stolen}.{signature}")
    refused(api, f"{head}.{body}.{flipped}")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic dTpw", "bearer\t", "Bearer " + "a" * 4000, "Token {token}", "{token}"],
)
def test_an_authorization_header_without_a_token_is_refused(api: Api, guest: Person, header: str) -> None:
    answer = api.request(
        "GET", "/me", 401, code="unauthorized", headers={"Authorization": header.replace("{token}", guest.access).rstrip("\t ") or "none"}
    )

    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_refresh_token_is_no_access_token_and_the_other_way_round(api: Api, guest: Person) -> None:
    refused(api, guest.refresh)
    api.request("POST", "/auth/refresh", 401, json={"refresh_token": guest.access})


def test_access_tokens_run_out_when_the_settings_say(start_service: StartService) -> None:
    service = start_service(ACCESS_TTL_SECONDS="1")
    guest = service.api.person()
    until = time.monotonic() + 10

    while service.api.request("GET", "/me", token=guest.access).status_code == 200 and time.monotonic() < until:
        time.sleep(0.25)

    refused(service.api, guest.access)
    assert service.api.request("POST", "/auth/refresh", 200, json={"refresh_token": guest.refresh}).json()["expires_in"] == 1


def refresh(api: Api, token: str, expect: "int | tuple[int, ...]" = 200) -> JSON:
    body: JSON = api.request("POST", "/auth/refresh", expect, json={"refresh_token": token}).json()
    return body


def test_a_refresh_token_is_spent_by_its_use(api: Api, guest: Person) -> None:
    second = refresh(api, guest.refresh)

    assert second["refresh_token"] != guest.refresh
    api.request("GET", "/me", 200, token=second["access_token"])
    refresh(api, second["refresh_token"])


def test_a_spent_token_ends_its_whole_family_and_no_other(api: Api, guest: Person) -> None:
    other = guest.refresh
    first = guest.login()["refresh_token"]
    second = refresh(api, first)["refresh_token"]
    third = refresh(api, second)["refresh_token"]

    refresh(api, first, 401)

    refresh(api, third, 401)
    refresh(api, second, 401)
    refresh(api, other, 200)


def test_of_parallel_refreshes_one_wins_and_the_family_ends(api: Api, guest: Person, database: Database) -> None:
    row = database.value("SELECT id::text FROM refresh_tokens WHERE account_id = %s", guest.id)
    ask = lambda: api.request("POST", "/auth/refresh", json={"refresh_token": guest.refresh})  # noqa: E731

    with database.locked(("refresh_tokens", row)) as held:
        answers = together([ask] * 4, meanwhile=lambda: (held.wait_for(4), held.release()))

    assert statuses(answers) == {200: 1, 401: 3}
    winner = next(answer for answer in answers if answer.status_code == 200)
    refresh(api, winner.json()["refresh_token"], 401)


def test_a_refresh_token_that_ran_out_is_refused(api: Api, guest: Person, database: Database) -> None:
    database.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second' WHERE account_id = %s", guest.id)

    refresh(api, guest.refresh, 401)


def test_an_unknown_refresh_token_is_refused(api: Api) -> None:
    refresh(api, "x" * 43, 401)


def test_logout_ends_the_family_and_tells_nothing(api: Api, guest: Person) -> None:
    second = refresh(api, guest.refresh)["refresh_token"]

    api.request("POST", "/auth/logout", 204, json={"refresh_token": second})
    api.request("POST", "/auth/logout", 204, json={"refresh_token": second})
    api.request("POST", "/auth/logout", 204, json={"refresh_token": "never seen"})

    refresh(api, second, 401)


def test_token_answers_are_not_cached(api: Api, guest: Person) -> None:
    answer = api.request("POST", "/auth/refresh", 200, json={"refresh_token": guest.refresh})

    assert answer.headers["cache-control"] == "no-store"
