# An API with an entry point of its own, for Render: services/chat-api/Dockerfile, and with SERVICE=admin-api services/admin-api/Dockerfile.
#   docker build -f services/chat-api/Dockerfile .
# Source: the seed "Container Deployment Architecture for Render.com", "Dockerfile Examples". It differs from there:
# - The start command does not migrate: each instance would, at each start. Render's preDeployCommand does, in this image.
# - uvicorn is process 1. Below `sh -c` it would not learn of SIGTERM, and be killed with its requests.
# - It runs as a user of its own, and not as root. Tags are full versions.
# - backend/ is copied. The seed's link services/chat-api/app leads out of the folder, where a build has nothing.
# alembic.ini is in backend/, as in backend.Dockerfile, and services/<service>/requirements.txt has alembic.
# .dockerignore of the repository: .git, **/.env*, **/.venv, **/__pycache__
FROM python:3.14.7-slim-trixie AS builder
ARG SERVICE=chat-api
COPY services/${SERVICE}/requirements.txt /
RUN python3 -m venv /venv && /venv/bin/pip install --no-cache-dir -r /requirements.txt

FROM python:3.14.7-slim-trixie
ARG SERVICE=chat-api
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=builder /venv /venv
COPY backend/ backend/
COPY services/${SERVICE}/main.py ./
USER 10001
EXPOSE 8000
CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "18"]
