"""Clients of an application that read all columns of a table while it is migrated: `reader.py URL STOP`, until the file STOP is there.

Some stay connected, and connect again after an error, as a pool does; and others come anew each time. Prints a line for each error:
when the read began, in seconds since 1970, `old` or `new`, and the error; and at last how many reads were answered.
"""

import asyncio
import os
import sys
import time

import asyncpg

QUERY = "select * from notes"


async def main(url, stop):
    answered = 0

    def tell(began, who, error):
        print(f"{began:.3f} {who} {type(error).__name__}: {error}".splitlines()[0], flush=True)

    async def stay():
        nonlocal answered
        connection = None
        while not os.path.exists(stop):
            began = time.time()
            try:
                connection = connection or await asyncpg.connect(url)
                await connection.fetch(QUERY)
                answered += 1
            except Exception as error:
                tell(began, "old", error)
                if connection:
                    connection.terminate()
                connection = None
            await asyncio.sleep(0.02)

    async def come():
        nonlocal answered
        while not os.path.exists(stop):
            began = time.time()
            try:
                connection = await asyncpg.connect(url)
                await connection.fetch(QUERY)
                await connection.close()
                answered += 1
            except Exception as error:
                tell(began, "new", error)
            await asyncio.sleep(0.1)

    print("began", flush=True)
    await asyncio.gather(*(stay() for _ in range(8)), *(come() for _ in range(2)))
    print(answered)


asyncio.run(main(sys.argv[1], sys.argv[2]))
