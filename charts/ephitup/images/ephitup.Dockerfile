# All four processes, built in the application's repository:
#   docker build -f ephitup.Dockerfile -t ghcr.io/yourorg/ephitup:v1.0.0 .
# Source: the seed "Render.com Single-Container Architecture", "Container Breakdown". The manifests mount what supervisord reads: its
# configuration, which Berth derives from the same description as the shape split, and the event listener that ends the container when a program
# is given up (FATAL). The image needs for that: a shell, `supervisord`, `surreal`, `uvicorn`, `surreal-commands-worker` and `node` in its
# PATH, /app as its folder, and nothing in it that is written to at run time but /mydata, /app/data, /tmp and /app/frontend/.next/cache.
# It differs from the seed:
# - `uv run` at each start could change the environment that it starts: the programs of /app/.venv are started themselves, and uv stays behind.
# - The API's port is not exposed. The database has neither the password of the seed nor a port outside.
# - It runs as a user of its own, and not as root.
# .dockerignore of the repository: .git, **/.env*, **/.venv, **/node_modules, **/.next, data
FROM surrealdb/surrealdb:v3.3.5 AS surrealdb

FROM node:24.19.0-trixie-slim AS frontend
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci
COPY frontend ./
# `output: "standalone"` in next.config.ts makes server.js; the rewrites of /api to localhost:5055 are fixed here.
RUN npm run build

FROM python:3.13.15-slim-trixie AS builder
WORKDIR /app
RUN pip install --no-cache-dir uv==0.9.7
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project && uv pip install supervisor==4.3.0

FROM python:3.13.15-slim-trixie
ENV PATH=/app/.venv/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp
WORKDIR /app
COPY --from=surrealdb /surreal /usr/local/bin/surreal
COPY --from=frontend /usr/local/bin/node /usr/local/bin/node
COPY --from=builder /app/.venv /app/.venv
COPY api ./api
COPY open_notebook ./open_notebook
COPY commands ./commands
COPY migrations ./migrations
COPY --from=frontend /app/frontend/.next/standalone ./frontend
COPY --from=frontend /app/frontend/.next/static ./frontend/.next/static
COPY --from=frontend /app/frontend/public ./frontend/public
USER 10001
EXPOSE 8502
CMD ["supervisord", "-c", "/etc/ephitup/supervisord.conf"]
