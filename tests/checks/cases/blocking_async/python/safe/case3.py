import asyncio
import requests

async def f(u):
    return await asyncio.to_thread(requests.get, u)
