"""Every route that takes an id, once with somebody else's."""

# region: cross-user-test
from typing import Any

import pytest

from tests.integration.conftest import People

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("method", "path", "body", "of_draft", "of_published"),
    [
        ("GET", "/events/{id}", None, 404, 200),
        ("PATCH", "/events/{id}", {"title": "Mine now"}, 404, 403),
        ("POST", "/events/{id}/publish", None, 404, 403),
        ("POST", "/events/{id}/cancel", None, 404, 403),
        ("GET", "/events/{id}/bookings", None, 404, 403),
        ("POST", "/events/{id}/bookings", {"seats": 1}, 404, 201),
    ],
)
async def test_a_stranger_sees_no_draft_and_changes_nothing(
    people: People, method: str, path: str, body: object, of_draft: int, of_published: int
) -> None:
    owner, stranger = await people.new(), await people.new()
    draft, published = await owner.event(publish=False), await owner.event()

    async def status(event: dict[str, Any]) -> int:
        headers = {"If_Match": f'"{event["version"]}"', "Idempotency_Key": "key"}
        return (await stranger.call(method, path.format(id=event["id"]), body, **headers)).status_code

    assert (await status(draft), await status(published)) == (of_draft, of_published)
    assert (await owner.call("GET", f"/events/{draft['id']}")).json() == draft


# endregion: cross-user-test
