# The preset neuron, a FastAPI service, built in the folder neuron/ of the application's repository:
#   docker build -f neuron.Dockerfile -t ghcr.io/yourorg/neuron:v1.0.0 neuron
# Source: the template "Deployment Architecture", "AI Layer Service (neuron/)". It differs from there:
# - It runs as a user of its own, and not as root. Tags are full versions.
# - Streams get 18 s to end after SIGTERM. Without a limit uvicorn waits for them until the pod is killed.
# .dockerignore of the repository: .git, **/.env*, **/.venv, **/__pycache__
FROM python:3.11.16-slim-trixie AS builder
COPY requirements.txt /
RUN python3 -m venv /venv && /venv/bin/pip install --no-cache-dir -r /requirements.txt

FROM python:3.11.16-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=builder /venv /venv
COPY . .
USER 10001
EXPOSE 8000
CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "18"]
