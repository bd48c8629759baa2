"""Writes as the application does, by SQLAlchemy with pre-ping: `engine.py URL PAUSE STOP`, with at most PAUSE seconds between two
transactions of one worker, until the file STOP is there.

Prints how many writes were acknowledged, and each error that the application would have seen.
"""

import asyncio
import os
import random
import sys

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


async def main(url, pause, stop):
    engine = create_async_engine(url, pool_size=10, max_overflow=5, pool_pre_ping=True)
    acknowledged = 0
    errors = []

    async def work():
        nonlocal acknowledged
        while not os.path.exists(stop):
            try:
                async with engine.begin() as connection:
                    await connection.execute(text("insert into written default values"))
                    await connection.execute(text("select pg_sleep(0.02)"))
                acknowledged += 1
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}".splitlines()[0])
            await asyncio.sleep(random.uniform(0, pause))

    print("began", flush=True)
    await asyncio.gather(*(work() for _ in range(10)))
    await engine.dispose()
    print(acknowledged)
    for error in errors:
        print(error)


asyncio.run(main(sys.argv[1], float(sys.argv[2]), sys.argv[3]))
