from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

scheme = OAuth2PasswordBearer(tokenUrl="/login")
soft_scheme = OAuth2PasswordBearer(tokenUrl="/login", auto_error=False)


def find_user(token: str = Depends(scheme)) -> str:
    return token


def maybe_user(token: str = Depends(soft_scheme)) -> str | None:
    return token


CurrentUser = Annotated[str, Depends(find_user)]


def require_admin(user: CurrentUser) -> None:
    if user != "root":
        raise HTTPException(status_code=403)
