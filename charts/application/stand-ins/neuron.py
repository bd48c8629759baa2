"""A stand-in for the preset neuron, a FastAPI service: `python3 -m neuron PORT [CHECK…]`. It asks the API before it answers."""

import asyncio
import json
import os
import sys
import urllib.request

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

from server import serve

ENGINE = os.getenv("ENGINE_INTERNAL_API_URL")

app = FastAPI()


class Question(BaseModel):
    text: str


def ask_api():
    if ENGINE is None:
        return None
    with urllib.request.urlopen(f"{ENGINE}/notes", timeout=5) as answer:
        return json.load(answer)["notes"]


@app.post("/chat/ask")
async def ask(question: Question):
    return {"text": question.text, "notes": await asyncio.to_thread(ask_api)}


@app.websocket("/chat/stream")
async def stream(socket: WebSocket):
    """Answers each message with its words, a frame each, and then with what the API says."""
    await socket.accept()
    try:
        while True:
            for word in (await socket.receive_text()).split():
                await socket.send_json({"text": word})
                await asyncio.sleep(0.1)
            await socket.send_json({"end": True, "notes": await asyncio.to_thread(ask_api)})
    except WebSocketDisconnect:
        pass


serve(app, int(sys.argv[1]), sys.argv[2:], "neuron")
