"""The chat router."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import text

from ..tenants import get_tenant_engine_manager

router = APIRouter(prefix="/accounts/{account_slug}/agents")


class Message(BaseModel):
    message: str


@router.get("")
async def agents(account_slug: str):
    await get_tenant_engine_manager().engine(account_slug)
    return ["demo"]


@router.post("/{instance_slug}/chat")
async def chat(account_slug: str, instance_slug: str, message: Message):
    engine = await get_tenant_engine_manager().engine(account_slug)
    async with engine.begin() as connection:
        insert = text("INSERT INTO messages (agent, text) VALUES (:agent, :text) RETURNING id, current_database()")
        row = (await connection.execute(insert, {"agent": instance_slug, "text": message.message})).one()
    # The message is committed now, and may be acknowledged.
    return {"id": row.id, "database": row.current_database, "reply": f"You said: {message.message}"}


@router.get("/{instance_slug}/stream")
async def stream(account_slug: str, instance_slug: str, seconds: int = 10):
    async def events():
        for second in range(seconds):
            yield f"data: {second}\n\n"
            await asyncio.sleep(1)
        yield "event: end\ndata: end\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
