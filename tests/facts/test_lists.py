"""A route shows many rows or one, by its path, its handler and what is fetched."""

import pytest

from backend_agent.facts import lists
from backend_agent.model import Guard, Route


def route(path: str, handler: str = "show", method: str = "GET") -> Route:
    return Route(method, path, handler, "a.py", 1, Guard("open"), "fastapi")


@pytest.mark.parametrize(
    ("path", "handler", "text", "expected"),
    [
        ("/users", "h", "", True),
        ("/users/search", "h", "", True),
        ("/inventory", "h", "", True),
        ("/basket", "listBasket", "", True),
        ("/audit-log", "h", "return prisma.entry.findMany()", True),
        ("/me", "h", "session.get(User, 1)", False),
        ("/status", "h", "", False),
        ("/settings", "h", "", False),
        ("/users/{id}", "h", "fetch_all()", False),
        ("/", "h", "", False),
    ],
)
def test_many_rows_or_one(path: str, handler: str, text: str, expected: bool) -> None:
    assert lists.shows_many(route(path, handler), text) is expected


def test_what_writes_shows_no_list() -> None:
    assert not lists.shows_many(route("/users", method="POST"), "fetch_all()")
