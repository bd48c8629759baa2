"""A stand-in for Pliers' API and its AI service: the same connections to PostgreSQL, Redis and each other."""

import asyncio
import json
import os
import urllib.request
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel
from redis.asyncio import Redis

# Only the AI service has the URL of the API.
API = os.getenv("API_URL")


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.cache = Redis.from_url(os.environ["REDIS_URL"])
    if API is None:
        size = int(os.environ["DATABASE_POOL_SIZE"])
        app.state.database = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0, max_size=size)
    yield
    await app.state.cache.aclose()
    if API is None:
        await app.state.database.close()


app = FastAPI(lifespan=lifespan)


class Note(BaseModel):
    text: str


@app.get("/health")
async def health():
    return {"status": "healthy", "service": "api" if API is None else "ai"}


if API is None:

    @app.post("/api/notes")
    async def add(note: Note):
        id = await app.state.database.fetchval("INSERT INTO notes (text) VALUES ($1) RETURNING id", note.text)
        return {"id": id, "cached": await app.state.cache.incr("notes")}

else:

    def ask_api():
        with urllib.request.urlopen(f"{API}/health", timeout=5) as answer:
            return json.load(answer)

    @app.post("/ai/ask")
    async def ask(note: Note):
        answer = await asyncio.to_thread(ask_api)
        return {"asked": await app.state.cache.incr("asked"), "api": answer["service"]}
