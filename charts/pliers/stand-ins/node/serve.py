"""Listens on the configured port."""

import os

import uvicorn

# Streams that last longer than this after SIGTERM are cut.
uvicorn.run("main:app", host="0.0.0.0", port=int(os.environ["PORT"]), timeout_graceful_shutdown=18)
