"""For whoever runs the service: alive, and ready for requests. Neither needs a login."""

from fastapi import APIRouter

from box_office.api.dependencies import HealthChecks
from box_office.schemas import Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> Health:
    return Health()


@router.get("/ready")
async def ready(health: HealthChecks) -> Health:
    await health.check()
    return Health()
