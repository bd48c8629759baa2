"""An engine for each tenant's database, created by its first request."""

import asyncio
import os
from collections import OrderedDict
from functools import cache

from fastapi import HTTPException
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

TENANT = text(
    "SELECT tenant_id, database_name, connection_string FROM tenant_registry WHERE slug = :slug AND is_active = true"
)


class TenantEngineManager:
    def __init__(self):
        self._size = int(os.getenv("TENANT_POOL_SIZE", "10"))
        self._overflow = int(os.getenv("TENANT_POOL_MAX_OVERFLOW", "5"))
        self._most = int(os.getenv("TENANT_POOL_MAX_TENANTS", "10"))
        self._engines: OrderedDict[str, AsyncEngine] = OrderedDict()
        self._lock = asyncio.Lock()

    async def initialize_admin_engine(self, url: str):
        self.admin = create_async_engine(url, pool_size=2, max_overflow=0, pool_pre_ping=True)

    async def engine(self, slug: str) -> AsyncEngine:
        async with self._lock:
            if slug in self._engines:
                self._engines.move_to_end(slug)
                return self._engines[slug]
            async with self.admin.connect() as connection:
                tenant = (await connection.execute(TENANT, {"slug": slug})).one_or_none()
            if tenant is None:
                raise HTTPException(404, f"no tenant {slug}")
            # Connections fit the database only if no pod serves more tenants at the same time than its limit.
            while len(self._engines) >= self._most:
                _, oldest = self._engines.popitem(last=False)
                await oldest.dispose()
            self._engines[slug] = create_async_engine(
                tenant.connection_string, pool_size=self._size, max_overflow=self._overflow, pool_pre_ping=True
            )
            return self._engines[slug]

    async def shutdown(self):
        for engine in [self.admin, *self._engines.values()]:
            await engine.dispose()


@cache
def get_tenant_engine_manager() -> TenantEngineManager:
    return TenantEngineManager()
