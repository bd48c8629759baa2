"""Clients that are connected at the same time: `many.py URL COUNT`. Prints how many were, and the first error."""

import asyncio
import resource
import sys

import asyncpg

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def main(url, count):
    connections, errors = [], []
    while len(connections) < count and not errors:
        some = (asyncpg.connect(url, timeout=20) for _ in range(min(50, count - len(connections))))
        for one in await asyncio.gather(*some, return_exceptions=True):
            (errors if isinstance(one, BaseException) else connections).append(one)
    print(len(connections), *(f"{type(error).__name__}: {error}" for error in errors[:1]))
    for connection in connections:
        connection.terminate()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
