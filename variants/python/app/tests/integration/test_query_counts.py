"""What a list costs does not grow with its length."""

# region: query-count-test
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.engine import Engine

from tests.integration.conftest import People

pytestmark = pytest.mark.anyio


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sqlalchemy_event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sqlalchemy_event.remove(Engine, "before_cursor_execute", note)


async def test_a_longer_list_of_guests_takes_no_more_statements(people: People) -> None:
    owner = await people.new()
    event = await owner.event()

    async def statements_for(guests: int) -> int:
        for _ in range(guests):
            assert (await (await people.new()).book(event)).status_code == 201
        with counted_statements() as statements:
            answer = await owner.call("GET", f"/events/{event['id']}/bookings")
        assert answer.status_code == 200
        return len(statements)

    assert await statements_for(1) == await statements_for(5) <= 4


# endregion: query-count-test
