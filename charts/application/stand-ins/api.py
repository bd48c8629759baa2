"""A stand-in for the preset api, a .NET service: `python3 -m api [CHECK…]`. It keeps notes in the database, if it has one."""

import os
import re
import sys
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

from server import serve

URL = os.getenv("DATABASE_URL")


def npgsql() -> dict[str, str]:
    """The parts of the other form of the database's address: `Host=…;Port=…;Username=…;Password="…"`, where `""` is a quote."""
    parts = re.findall(r'([\w ]+)=(?:"((?:[^"]|"")*)"|([^;]*))', os.environ["ConnectionStrings__Default"])
    return {key: quoted.replace('""', '"') or plain for key, quoted, plain in parts}


@asynccontextmanager
async def lifespan(app: FastAPI):
    if URL is None:
        yield
        return
    async with asyncpg.create_pool(URL, min_size=0, max_size=5) as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


class Note(BaseModel):
    text: str


if URL is not None:

    @app.post("/api/notes")
    async def add(note: Note):
        return {"id": await app.state.database.fetchval("INSERT INTO notes (text) VALUES ($1) RETURNING id", note.text)}

    @app.get("/api/notes")
    async def texts():
        return [text for (text,) in await app.state.database.fetch("SELECT text FROM notes ORDER BY id")]

    @app.get("/api/database")
    async def database():
        """The database that each form of its address leads to."""
        parts = npgsql()
        other = await asyncpg.connect(
            host=parts["Host"],
            port=int(parts["Port"]),
            database=parts["Database"],
            user=parts["Username"],
            password=parts["Password"],
        )
        query = "SELECT current_user || '@' || current_database()"
        try:
            return {"url": await app.state.database.fetchval(query), "npgsql": await other.fetchval(query)}
        finally:
            await other.close()


@app.get("/api/internal/notes")
async def count():
    return {"notes": None if URL is None else await app.state.database.fetchval("SELECT count(*) FROM notes")}


# As in http://+:5000
serve(app, int(os.environ["ASPNETCORE_URLS"].rsplit(":", 1)[1]), sys.argv[1:], "api")
