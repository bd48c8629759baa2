"""asyncpg prepares all statements, and PgBouncer may use another server connection for each transaction: `prepared.py URL`."""

import asyncio
import sys

import asyncpg


async def main(url):
    pool = await asyncpg.create_pool(url, min_size=8, max_size=8)

    async def ask(number):
        async with pool.acquire() as connection, connection.transaction():
            # Some hundred statements, each prepared once by each client and then reused.
            statement = await connection.prepare(f"select $1::int + {number % 150}")
            assert await statement.fetchval(number) == number + number % 150
            return await connection.fetchval("select pg_backend_pid()")

    servers = set(await asyncio.gather(*(ask(number) for number in range(3000))))
    await pool.close()
    print(len(servers))


asyncio.run(main(sys.argv[1]))
