"""Three hundred concurrent clients, each with its own transactions: `crowd.py URL URL…`."""

import asyncio
import sys

import asyncpg

CLIENTS = 300


async def client(url):
    connection = await asyncpg.connect(url, timeout=60)
    for _ in range(10):
        async with connection.transaction():
            await connection.execute("select pg_sleep(0.01)")
    return connection


async def main(urls):
    connections = await asyncio.gather(*(client(urls[number % len(urls)]) for number in range(CLIENTS)))
    print(len(connections))
    await asyncio.gather(*(connection.close() for connection in connections))


asyncio.run(main(sys.argv[1:]))
