# The one image of chat-api, admin-api and the migrations, built in the application's repository:
#   docker build -f backend.Dockerfile -t ghcr.io/yourorg/salient-backend:v1.2.3 .
# Source: the seed "Deploying Multi-Tenant Backend on Kubernetes", "Build Single Container Image". Other than there it runs as a user
# of its own, and tells alembic where its configuration is.
FROM python:3.14-slim
WORKDIR /app
COPY requirements.txt /app/
RUN pip install --no-cache-dir -r requirements.txt
COPY backend/ /app/backend/
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 ALEMBIC_CONFIG=/app/backend/alembic.ini
USER 10001
EXPOSE 8000
# Streams get 18 s to end after SIGTERM; the pod's grace period is longer.
CMD ["uvicorn", "backend.app.main:app", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "18"]
