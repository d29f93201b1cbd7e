"""Who may do what to whose: every operation of the document, asked by a stranger and by nobody."""

import uuid
from dataclasses import dataclass

import pytest
from contract_suite import contract
from contract_suite.client import JSON, Api, Person, new_event, soon

MISSING = "00000000-0000-4000-8000-000000000000"
BODIES: dict[str, JSON] = {"createEvent": new_event(), "changeEvent": {"title": "Taken over"}, "book": {"seats": 1}}
HEADERS = {"changeEvent": {"If-Match": '"1"'}, "book": {"Idempotency-Key": "a-key"}}

STRANGER: dict[str, dict[str, int]] = {
    # operation: what a stranger gets for a draft, a published event, a booking of others
    "getEvent": {"draft": 404, "published": 200},
    "changeEvent": {"draft": 404, "published": 403},
    "publishEvent": {"draft": 404, "published": 403},
    "cancelEvent": {"draft": 404, "published": 403},
    "listEventBookings": {"draft": 404, "published": 403},
    "book": {"draft": 404, "published": 201},
    "getBooking": {"booking": 404},
    "cancelBooking": {"booking": 404},
}
OWN_ONLY = {"me", "listBookings", "listEvents", "createEvent"}
"""Operations that name nobody else's thing: their tests look at what they show."""

PROTECTED = [one for one in contract.operations() if not one.public]


@dataclass(frozen=True)
class Scene:
    """What an owner and a guest have made."""

    draft: JSON
    published: JSON
    booking: JSON

    def path(self, operation: contract.Operation, thing: str) -> str:
        return operation.path.format(event_id=getattr(self, thing)["id"], booking_id=self.booking["id"])


@pytest.fixture
def scene(owner: Person, guest: Person) -> Scene:
    published = owner.published()
    return Scene(owner.draft(), published, guest.book(published).json())


def test_every_operation_with_an_id_has_its_answer_for_strangers() -> None:
    assert {one.id for one in PROTECTED} == set(STRANGER) | OWN_ONLY


@pytest.mark.parametrize(
    ("operation", "thing"), [(one, thing) for one in PROTECTED for thing in STRANGER.get(one.id, {})], ids=lambda v: getattr(v, "id", v)
)
def test_a_stranger_gets_what_the_contract_says(api: Api, scene: Scene, operation: contract.Operation, thing: str) -> None:
    expected = STRANGER[operation.id][thing]

    api.person().request(
        operation.method, scene.path(operation, thing), expected, json=BODIES.get(operation.id), headers=HEADERS.get(operation.id)
    )


@pytest.mark.parametrize("operation", PROTECTED, ids=lambda one: one.id)
def test_nobody_gets_anything_without_a_token(api: Api, scene: Scene, operation: contract.Operation) -> None:
    thing = "published" if "event_id" in operation.path else "booking"

    for headers in (None, HEADERS.get(operation.id)):
        api.request(operation.method, scene.path(operation, thing), 401, json=BODIES.get(operation.id), headers=headers)


@pytest.mark.parametrize("operation", [one for one in PROTECTED if one.id in STRANGER], ids=lambda one: one.id)
@pytest.mark.parametrize(
    "id_", [MISSING, "1", "not-a-uuid", "../me", "%00", "' OR 1=1 --"], ids=["free", "number", "word", "dots", "nul", "quote"]
)
def test_an_id_of_nothing_is_not_found(owner: Person, operation: contract.Operation, id_: str) -> None:
    path = operation.path.format(event_id=id_.replace("/", "%2F"), booking_id=id_.replace("/", "%2F"))

    answer = owner.api._session().request(
        operation.method,
        owner.api.url + path,
        json=BODIES.get(operation.id),
        headers={**HEADERS.get(operation.id, {}), "Authorization": f"Bearer {owner.access}"},
        timeout=20,
    )

    assert answer.status_code == 404 or (id_ in {"%00", "../me"} and answer.status_code == 400), contract.shown(answer)
    assert answer.status_code == 400 or answer.json()["code"] == "not_found"


def test_the_owner_is_refused_the_cancelling_of_a_guests_booking(owner: Person, guest: Person) -> None:
    booking = guest.book(owner.published()).json()

    owner.post(f"/bookings/{booking['id']}/cancel", 403, code="forbidden")

    assert guest.get(f"/bookings/{booking['id']}", 200).json() == booking


def test_booker_and_owner_see_a_booking_alike(scene: Scene, owner: Person, guest: Person) -> None:
    path = f"/bookings/{scene.booking['id']}"

    assert owner.get(path, 200).json() == guest.get(path, 200).json() == scene.booking


def test_a_strangers_refusal_changes_nothing(api: Api, scene: Scene, owner: Person, guest: Person) -> None:
    stranger = api.person()
    for event in (scene.draft, scene.published):
        stranger.change(event, (403, 404), title="Taken over", capacity=1)
        stranger.post(f"/events/{event['id']}/cancel", (403, 404))
    stranger.post(f"/bookings/{scene.booking['id']}/cancel", 404)

    assert owner.get(f"/events/{scene.draft['id']}", 200).json() == scene.draft
    assert owner.get(f"/events/{scene.published['id']}", 200).json() == {**scene.published, "seats_left": scene.published["capacity"] - 1}
    assert guest.get(f"/bookings/{scene.booking['id']}", 200).json() == scene.booking


def test_my_bookings_are_mine_alone(scene: Scene, guest: Person, owner: Person, api: Api) -> None:
    assert [item["id"] for item in guest.get("/bookings", 200).json()["items"]] == [scene.booking["id"]]
    assert owner.get("/bookings", 200).json()["items"] == []
    assert api.person().get("/bookings", 200).json()["items"] == []


def test_the_list_of_events_has_no_drafts_and_nothing_that_is_over(owner: Person, api: Api) -> None:
    draft, cancelled, published = (
        owner.draft(starts_at=soon(0.5)),
        owner.published(starts_at=soon(0.5)),
        owner.published(starts_at=soon(0.5)),
    )
    owner.post(f"/events/{cancelled['id']}/cancel", 200)

    listed = {item["id"] for item in all_items(owner, "/events", limit=100)}

    assert published["id"] in listed
    assert not {draft["id"], cancelled["id"]} & listed


def test_the_organiser_sees_the_guests_with_their_addresses(scene: Scene, owner: Person, guest: Person) -> None:
    (item,) = owner.get(f"/events/{scene.published['id']}/bookings", 200).json()["items"]

    assert item == {**scene.booking, "email": guest.email}


def test_a_cursor_of_one_account_opens_nothing_of_another(owner: Person, guest: Person, api: Api) -> None:
    for _ in range(3):
        guest.book(owner.published())
    cursor = guest.get("/bookings?limit=1", 200).json()["next_cursor"]

    answer = api.person().get("/bookings", (200, 422), params={"cursor": cursor})

    assert answer.status_code == 422 or answer.json()["items"] == []


def test_ids_cannot_be_guessed_from_each_other(owner: Person) -> None:
    one, other = uuid.UUID(owner.draft()["id"]), uuid.UUID(owner.draft()["id"])

    assert {one.version, other.version} <= {4, 7}
    assert one.bytes[8:] != other.bytes[8:]


def all_items(person: Person, path: str, limit: int) -> list[JSON]:
    items: list[JSON] = []
    params: JSON = {"limit": limit}
    for _ in range(200):
        page = person.get(path, 200, params=params).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params = {"limit": limit, "cursor": page["next_cursor"]}
    raise AssertionError(f"{path} does not end")
