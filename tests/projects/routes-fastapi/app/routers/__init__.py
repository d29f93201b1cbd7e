from fastapi import APIRouter

from .hooks import router as hooks
from .items import router as items_router

api_router = APIRouter()
api_router.include_router(items_router, prefix="/items", tags=["items"])
api_router.include_router(hooks)
