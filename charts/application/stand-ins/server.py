"""Serves an application the way the images of the presets do."""

import uvicorn
from fastapi import FastAPI

# Streams that last longer than this after SIGTERM are cut.
GRACE_SECONDS = 18


def serve(app: FastAPI, port: int, checks: list[str], name: str):
    for path in checks:
        app.add_api_route(path, lambda: {"status": "healthy", "service": name})
    uvicorn.run(app, host="0.0.0.0", port=port, timeout_graceful_shutdown=GRACE_SECONDS)
