"""Authenticates the caller as FastAPI's tutorial does: it verifies a JWT, then reads its user."""

import os
import uuid
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.ext.asyncio import AsyncSession

from database import SessionOfRequest
from models import User

SECRET = os.environ["PEER_SECRET"]
scheme = OAuth2PasswordBearer(tokenUrl="token")
optional = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)  # Reading needs no token.


async def user_of(token: str, session: AsyncSession) -> User:
    refusal = HTTPException(status.HTTP_401_UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise refusal from None
    user = await session.get(User, uuid.UUID(claims["sub"]))
    if user is None or not user.is_active:
        raise refusal
    return user


async def current_user(token: Annotated[str, Depends(scheme)], session: SessionOfRequest) -> User:
    return await user_of(token, session)


async def reader(token: Annotated[str | None, Depends(optional)], session: SessionOfRequest) -> User | None:
    return await user_of(token, session) if token else None


CurrentUser = Annotated[User, Depends(current_user)]
