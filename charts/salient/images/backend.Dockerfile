# The one image of chat-api, admin-api and the migrations, built in the application's repository:
#   docker build -f backend.Dockerfile -t ghcr.io/yourorg/salient-backend:v1.2.3 .
# Source: the seed "Deploying Multi-Tenant Backend on Kubernetes", "Build Single Container Image". It differs from there:
# - It runs as a user of its own, and not as root.
# - Tags are full versions, so that a build tomorrow stands on what was tested today.
# - Dependencies come before the sources, so that a change of the sources does not install them again. pip's own files stay in the builder.
# - Streams get 18 s to end after SIGTERM. Without a limit uvicorn waits for them until the pod is killed.
# alembic.ini is in backend/ and has `script_location = %(here)s/migrations`: the migrations run in /app with `-c backend/alembic.ini`.
# .dockerignore of the repository: .git, **/.env*, **/.venv, **/__pycache__
FROM python:3.14.7-slim-trixie AS builder
COPY requirements.txt /
RUN python3 -m venv /venv && /venv/bin/pip install --no-cache-dir -r /requirements.txt

FROM python:3.14.7-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=builder /venv /venv
COPY backend/ backend/
USER 10001
EXPOSE 8000
CMD ["uvicorn", "backend.app.main:app", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "18"]
