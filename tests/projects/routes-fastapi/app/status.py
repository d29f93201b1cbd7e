from starlette.applications import Starlette
from starlette.routing import Mount, Route


async def ready(request):
    return None


async def deep(request):
    return None


status_app = Starlette(routes=[Route("/ready", ready), Mount("/deep", routes=[Route("/db", deep, methods=["POST"])])])
