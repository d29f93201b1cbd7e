from fastapi import Depends, FastAPI

from app.config import settings
from app.routers import api_router
from app.security import require_admin
from app.status import status_app


def create_app() -> FastAPI:
    app = FastAPI()
    app.include_router(api_router, prefix=settings.API_PREFIX)
    app.mount("/status", status_app)
    register_admin(app)

    @app.get("/health")
    def health() -> dict:
        return {}

    return app


def register_admin(app: FastAPI) -> None:
    from app.routers.admin import router

    for version in ("v1", "v2"):
        app.include_router(router, prefix=f"/{version}", dependencies=[Depends(require_admin)])
