"""A stand-in for Salient's backend: the same routers and the same connections to tenants' databases."""

import logging
import os
from contextlib import asynccontextmanager

from fastapi import FastAPI

from .api import account_agents, admin, directory_admin
from .tenants import get_tenant_engine_manager

logging.basicConfig(level=os.getenv("LOG_LEVEL", "info").upper(), format="%(levelname)s %(name)s %(message)s")
log = logging.getLogger("app")


@asynccontextmanager
async def lifespan(app: FastAPI):
    tenant_manager = get_tenant_engine_manager()
    await tenant_manager.initialize_admin_engine(os.environ["POSTGRES_ADMIN_URL"])
    yield
    await tenant_manager.shutdown()


app = FastAPI(title="Salient API", lifespan=lifespan)

# Determine which routers to expose based on environment variable
exposed_routers = os.getenv("EXPOSED_ROUTERS", "all").split(",")
log.info("exposed routers: %s", exposed_routers)

# Chat/Public endpoints
if "all" in exposed_routers or "chat" in exposed_routers:
    app.include_router(account_agents.router, tags=["chat", "multi-tenant"])

# Admin endpoints (JWT protected)
if "all" in exposed_routers or "admin" in exposed_routers:
    app.include_router(admin.router, prefix="/api/admin", tags=["admin"])
    app.include_router(directory_admin.router, prefix="/api/admin", tags=["admin", "directory"])


# Health check (always included)
@app.get("/health")
async def health_check():
    return {"status": "healthy", "routers": exposed_routers}
