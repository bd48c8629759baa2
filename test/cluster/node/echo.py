"""Answers with the request that it received; streams on /stream, a line each second; echoes after an upgrade."""

import asyncio
import json
import os

SECONDS = 15


async def answer(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    if "upgrade" in headers:
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        while data := await reader.read(1024):
            writer.write(data)
            await writer.drain()
        return
    received = 0
    if headers.get("transfer-encoding") == "chunked":
        while length := int(await reader.readline(), 16):
            received += len(await reader.readexactly(length + 2)) - 2
    else:
        left = int(headers.get("content-length", 0))
        while left > 0:
            part = await reader.read(min(left, 65536))
            if not part:
                return  # the edge has closed the connection, and further reads would return nothing forever
            received, left = received + len(part), left - len(part)
    if path.endswith("/stream"):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for second in range(SECONDS):
            writer.write(f"data: {second}\n\n".encode())
            await writer.drain()
            await asyncio.sleep(1)
        return
    body = json.dumps({"component": os.environ["COMPONENT"], "pod": os.environ["HOSTNAME"], "path": path, "received": received}).encode()
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
    await writer.drain()


async def serve(reader, writer):
    try:
        await answer(reader, writer)
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main():
    async with await asyncio.start_server(serve, "0.0.0.0", 8000) as server:
        await server.serve_forever()


asyncio.run(main())
