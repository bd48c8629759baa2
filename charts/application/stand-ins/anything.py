"""A stand-in for any other program: `python3 -m anything [PORT…]`. It answers every request on its ports with 200, and waits."""

import asyncio
import signal
import sys


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()


async def main():
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    servers = [await asyncio.start_server(answer, "0.0.0.0", int(port)) for port in sys.argv[1:]]
    await ended.wait()
    for server in servers:
        server.close()


asyncio.run(main())
