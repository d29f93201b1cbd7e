import requests

async def f(u):
    return requests.get(u)
