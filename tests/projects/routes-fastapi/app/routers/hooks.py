from fastapi import APIRouter

from app.config import WEBHOOKS

router = APIRouter(prefix=WEBHOOKS)


def receive(kind: str):
    return kind


for kind in ["orders", "stock"]:
    router.add_api_route(f"/{kind}", receive, methods=["POST"])
