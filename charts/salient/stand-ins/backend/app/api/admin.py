"""The admin router, which needs a valid token."""

import os
import uuid

import jwt
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import text

from ..tenants import get_tenant_engine_manager


def claims(credentials: HTTPAuthorizationCredentials | None = Depends(HTTPBearer(auto_error=False))):
    if credentials is None:
        raise HTTPException(401, "a token is missing")
    try:
        return jwt.decode(credentials.credentials, os.environ["JWT_SECRET"], [os.environ["JWT_ALGORITHM"]])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, str(error)) from error


router = APIRouter(dependencies=[Depends(claims)])


@router.get("/accounts/{account_id}/tokens")
async def tokens(account_id: uuid.UUID):
    async with get_tenant_engine_manager().admin.connect() as connection:
        select = text("SELECT id FROM tokens WHERE account_id = :account ORDER BY created_at")
        return [row.id for row in await connection.execute(select, {"account": account_id})]


@router.post("/accounts/{account_id}/tokens", status_code=201)
async def create_token(account_id: uuid.UUID, request: Request):
    await request.body()
    async with get_tenant_engine_manager().admin.begin() as connection:
        insert = text("INSERT INTO tokens (id, account_id) VALUES (:id, :account) RETURNING id")
        return {"id": (await connection.execute(insert, {"id": uuid.uuid4(), "account": account_id})).scalar_one()}


@router.delete("/accounts/{account_id}/tokens/{token_id}", status_code=204)
async def delete_token(account_id: uuid.UUID, token_id: uuid.UUID):
    async with get_tenant_engine_manager().admin.begin() as connection:
        delete = text("DELETE FROM tokens WHERE id = :id AND account_id = :account")
        await connection.execute(delete, {"id": token_id, "account": account_id})
