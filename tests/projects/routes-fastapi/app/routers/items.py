from fastapi import APIRouter, Depends
from pydantic import BaseModel

from ..security import CurrentUser, maybe_user


class ItemIn(BaseModel):
    name: str


class LoggedRouter(APIRouter):
    def __init__(self, **kwargs):
        super().__init__(tags=["logged"], **kwargs)


router = LoggedRouter()


@router.get("")
def list_items(user: str | None = Depends(maybe_user)):
    return []


@router.post("/", status_code=201)
async def create_item(body: ItemIn, user: CurrentUser):
    return body


@router.api_route("/{item_id}", methods=["PUT", "PATCH"])
def change_item(item_id: int, body: ItemIn, user: CurrentUser):
    return body
