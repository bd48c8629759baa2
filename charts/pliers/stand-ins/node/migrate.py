"""A stand-in for `npm run migrate:up`."""

import asyncio
import os
import sys

import asyncpg


async def main():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, text text NOT NULL)")
    await connection.close()


if sys.argv[1:] != ["run", "migrate:up"]:
    sys.exit(f"{sys.argv[1:]} is no script")
asyncio.run(main())
