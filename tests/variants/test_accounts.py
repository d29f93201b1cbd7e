"""Accounts and login: the right answers, and nothing in them that tells who has an account."""

import hashlib
import statistics
import time
from collections.abc import Callable

import pytest
from contract_suite.client import Api, Person
from contract_suite.database import Database
from contract_suite.service import Service, StartService


def test_a_new_account_signs_in(api: Api) -> None:
    person = api.person()

    assert person.get("/me", 200).json()["email"] == person.email


def test_the_address_is_trimmed_and_lower_cased(api: Api, guest: Person) -> None:
    spelt = f"  {guest.email.upper()} "

    api.request("POST", "/auth/login", 200, json={"email": spelt, "password": guest.password})
    api.request("POST", "/accounts", 202, json={"email": spelt, "password": "another long password"})

    guest.login()


def test_a_taken_address_is_answered_like_a_free_one_and_keeps_its_password(api: Api, guest: Person) -> None:
    free = api.request("POST", "/accounts", 202, json={"email": f"x{guest.email}", "password": "quite a long password"})
    taken = api.request("POST", "/accounts", 202, json={"email": guest.email, "password": "quite a long password"})

    assert taken.content == free.content
    assert set(taken.headers) == set(free.headers)
    api.request("POST", "/auth/login", 401, json={"email": guest.email, "password": "quite a long password"})
    guest.login()


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(api: Api, guest: Person) -> None:
    wrong = api.request("POST", "/auth/login", 401, json={"email": guest.email, "password": "wrong password"})
    unknown = api.request("POST", "/auth/login", 401, json={"email": f"x{guest.email}", "password": "wrong password"})

    assert wrong.json() == unknown.json()
    assert set(wrong.headers) == set(unknown.headers)


def test_two_registrations_of_one_address_at_once_make_one_account(api: Api, database: Database) -> None:
    from contract_suite.client import statuses, together

    body = {"email": "at-once@example.org", "password": "quite a long password"}

    answers = together([lambda: api.request("POST", "/accounts", 202, json=body)] * 6)

    assert statuses(answers) == {202: 6}
    assert database.value("SELECT count(*) FROM accounts WHERE email = 'at-once@example.org'") == 1


def test_the_password_is_stored_as_argon2id_with_the_cost_of_the_settings(database: Database, guest: Person) -> None:
    (stored,) = database.rows("SELECT password_hash FROM accounts WHERE email = %s", guest.email)[0]

    assert stored.startswith("$argon2id$v=19$m=64,t=1,p=1$")


def test_old_parameters_are_renewed_at_login(service: Service, start_service: StartService, guest: Person, database: Database) -> None:
    costlier = start_service(beside=service, ARGON2_MEMORY_KIB="128", ARGON2_ITERATIONS="2")
    question = "SELECT password_hash FROM accounts WHERE email = %s"
    before = database.value(question, guest.email)

    costlier.api.request("POST", "/auth/login", 200, json=guest.credentials)

    after = database.value(question, guest.email)
    assert after.startswith("$argon2id$v=19$m=128,t=2,p=1$"), before
    guest.login()
    costlier.stop()


def test_neither_login_nor_registration_tells_by_its_time_who_has_an_account(start_service: StartService) -> None:
    """Medians, with a hash that costs far more than all the rest; a path that skips it takes a fraction of the time."""
    service = start_service(ARGON2_MEMORY_KIB="19456", ARGON2_ITERATIONS="4", LOGIN_LIMIT_PER_ACCOUNT="1000")
    known = service.api.person()
    numbers = iter(range(1000))

    def login(email: str) -> None:
        service.api.request("POST", "/auth/login", 401, json={"email": email, "password": "wrong password"})

    def register(email: str) -> None:
        service.api.request("POST", "/accounts", 202, json={"email": email, "password": "quite a long password"})

    for ask in (login, register):
        pairs = [(seconds(lambda: ask(known.email)), seconds(lambda: ask(f"new{next(numbers)}@example.org"))) for _ in range(9)]  # noqa: B023  called at once
        of_known, of_unknown = (statistics.median(column) for column in zip(*pairs, strict=True))

        assert of_known < 2 * of_unknown, ask.__name__
        assert of_unknown < 2 * of_known, ask.__name__


def seconds(call: "Callable[[], None]") -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def test_a_refresh_token_is_stored_only_as_its_digest(api: Api, database: Database, guest: Person) -> None:
    digest = hashlib.sha256(guest.refresh.encode()).digest()

    (stored,) = [bytes(value) for (value,) in database.rows("SELECT token_hash FROM refresh_tokens WHERE account_id = %s", guest.id)]

    assert stored == digest


@pytest.mark.parametrize("path", ["/accounts", "/auth/login"])
def test_a_get_of_a_post_only_path_is_405(api: Api, path: str) -> None:
    answer = api.request("GET", path, 405, code="method_not_allowed")

    assert "POST" in answer.headers["allow"]
