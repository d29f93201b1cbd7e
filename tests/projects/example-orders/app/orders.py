from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException
from sqlalchemy.orm import Session

from app import store

router = APIRouter()


def require_user(x_user: Annotated[str, Header()]) -> str:
    return x_user


User = Annotated[str, Depends(require_user)]


@router.get("/{order}")
def show(order: int, user: User) -> dict[str, str]:
    with Session(store.engine) as session:
        found = store.find(session, user, order)
    if found is None:
        raise HTTPException(404)
    return {"status": found.status}


@router.post("/{order}/pay")
def pay(order: int, user: User) -> dict[str, str]:
    with Session(store.engine) as session, session.begin():
        if not store.move(session, user, order, "open", "paid"):
            raise HTTPException(409)
    return {"status": "paid"}
