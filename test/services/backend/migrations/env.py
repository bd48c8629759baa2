import asyncio
import os
import time
from logging.config import fileConfig

from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine

fileConfig(context.config.config_file_name)


def upgrade(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = create_async_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
    async with engine.connect() as connection:
        # When it runs, for the test that two runs never do at the same time.
        print("began", time.time(), flush=True)
        await connection.run_sync(upgrade)
        print("ended", time.time(), flush=True)
    await engine.dispose()


asyncio.run(main())
