import httpx

async def f(u):
    client = httpx.Client()
    return client.get(u)
