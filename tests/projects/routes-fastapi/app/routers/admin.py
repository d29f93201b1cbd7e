from fastapi import APIRouter

router = APIRouter(prefix="/admin")
lost = APIRouter(prefix="/lost")


@router.delete("/users/{user_id}")
def remove(user_id: int):
    return None


@lost.get("/found")
def found():
    return None
