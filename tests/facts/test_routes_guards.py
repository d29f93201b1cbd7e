"""Names of guards: what the catalog takes for a guard, and the near misses that it leaves alone."""

import pytest

from backend_agent import catalog
from backend_agent.facts.routes import _guards

NAMES = catalog.load("facts", "guards")["names"]


def test_the_catalog_of_guards_is_not_empty() -> None:
    assert NAMES


@pytest.mark.parametrize("entry", NAMES, ids=lambda entry: entry["id"])
def test_an_entry_decides_its_own_examples_and_no_near_miss(entry: "dict[str, object]") -> None:
    wanted = "" if entry["means"] == "none" else entry["means"]

    def means(name: object) -> str:
        return _guards.meaning(str(name))

    assert [name for name in entry["matches"] if means(name) != wanted] == []  # type: ignore[attr-defined]
    own = _guards.rules()[NAMES.index(entry)][0]
    assert [name for name in entry["misses"] if own.search(_guards.words(str(name)))] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name", ["cors", "logger", "optionalAuth", "authLimiter", "rateLimit", "loadUser", "authorController", "validateBody"]
)
def test_what_lets_everybody_through_is_never_a_guard(name: str) -> None:
    assert _guards.meaning(name) != "guard"


@pytest.mark.parametrize(
    "name", ["authController.protect", "authHandler.isAuthenticated", "authService.requireUser", "authController.verifyToken"]
)
def test_a_guard_is_one_whatever_object_holds_it(name: str) -> None:
    assert _guards.meaning(name) == "guard"


@pytest.mark.parametrize(
    "name", ["authController.login", "authValidation.requireUser", "authController.forgotPassword", "authHandler.isNotAuthenticated"]
)
def test_an_object_of_sign_in_is_no_guard_by_its_name_alone(name: str) -> None:
    assert _guards.meaning(name) != "guard"
