"""Attempts to log in are limited by account and by client address, in the database, whatever the caller writes into headers."""

import secrets

import pytest
from contract_suite.client import Api, Person
from contract_suite.database import Database
from contract_suite.service import Service, StartService

PER_ACCOUNT = 5
"""The default."""


def attempt(api: Api, email: str, password: str = "wrong password", **more: dict[str, str]) -> int:
    return api.request("POST", "/auth/login", (200, 401, 429), json={"email": email, "password": password}, **more).status_code


def test_past_the_limit_even_the_right_password_is_refused(api: Api, guest: Person) -> None:
    before = [attempt(api, guest.email) for _ in range(PER_ACCOUNT - 1)]  # one was the login of the fixture

    answer = api.request("POST", "/auth/login", 429, code="rate_limited", json=guest.credentials)

    assert before == [401] * (PER_ACCOUNT - 1)
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_an_unknown_account_is_limited_like_a_known_one(api: Api) -> None:
    email = f"{secrets.token_hex(6)}@example.org"

    assert [attempt(api, email) for _ in range(PER_ACCOUNT + 1)] == [401] * PER_ACCOUNT + [429]


def test_another_spelling_is_the_same_account(api: Api) -> None:
    email = f"{secrets.token_hex(6)}@example.org"

    found = [attempt(api, spelt) for spelt in [email, email.upper(), f" {email}", f"{email} ", email.title(), email]]

    assert found == [401] * PER_ACCOUNT + [429]


def test_parallel_attempts_are_all_counted(api: Api) -> None:
    from contract_suite.client import statuses, together

    email = f"{secrets.token_hex(6)}@example.org"
    body = {"email": email, "password": "wrong password"}

    answers = together([lambda: api.request("POST", "/auth/login", (401, 429), json=body)] * 12)

    assert statuses(answers) == {401: PER_ACCOUNT, 429: 12 - PER_ACCOUNT}


def test_the_limit_is_over_with_its_window(api: Api, guest: Person, database: Database) -> None:
    for _ in range(PER_ACCOUNT):
        attempt(api, guest.email)
    blocked = attempt(api, guest.email, guest.password)

    database.execute("UPDATE rate_limits SET window_start = window_start - interval '61 seconds'")

    assert (blocked, attempt(api, guest.email, guest.password)) == (429, 200)


def test_no_address_is_stored_by_the_limiter(api: Api, guest: Person, database: Database) -> None:
    attempt(api, guest.email)

    buckets = [bucket for (bucket,) in database.rows("SELECT bucket FROM rate_limits")]

    assert buckets
    assert [bucket for bucket in buckets if "@" in bucket or "example.org" in bucket or "127.0.0.1" in bucket] == []


@pytest.fixture
def few(start_service: StartService) -> Service:
    return start_service(LOGIN_LIMIT_PER_ADDRESS="6", LOGIN_LIMIT_PER_ACCOUNT="4")


def test_headers_of_the_caller_do_not_change_the_address(few: Service) -> None:
    def one(number: int) -> int:
        far = f"203.0.113.{number}"
        headers = {"X-Forwarded-For": far, "X-Real-IP": far, "Forwarded": f"for={far}", "CF-Connecting-IP": far, "True-Client-IP": far}
        return attempt(few.api, f"{secrets.token_hex(6)}@example.org", headers=headers)

    assert [one(number) for number in range(8)] == [401] * 6 + [429] * 2


def test_two_processes_share_both_limits(few: Service, start_service: StartService) -> None:
    other = start_service(beside=few, LOGIN_LIMIT_PER_ADDRESS="6", LOGIN_LIMIT_PER_ACCOUNT="4")
    email = f"{secrets.token_hex(6)}@example.org"

    by_account = [attempt(api, email) for api in (few.api, other.api, few.api, other.api, other.api, few.api)]
    few.database.execute("DELETE FROM rate_limits")
    by_address = [attempt(api, f"{secrets.token_hex(6)}@example.org") for api in (few.api, other.api) * 4]

    assert by_account == [401] * 4 + [429] * 2
    assert by_address == [401] * 6 + [429] * 2


def test_registrations_are_limited_by_address_too(few: Service) -> None:
    def register() -> int:
        body = {"email": f"{secrets.token_hex(6)}@example.org", "password": "quite a long password"}
        return few.api.request("POST", "/accounts", (202, 429), json=body, headers={"X-Forwarded-For": "203.0.113.9"}).status_code

    assert [register() for _ in range(8)] == [202] * 6 + [429] * 2
    assert attempt(few.api, f"{secrets.token_hex(6)}@example.org") == 401  # a bucket of its own
