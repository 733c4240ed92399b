"""The engine, and a session for each request, as in the documentation of SQLAlchemy and FastAPI."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import DateTime, TypeDecorator, event
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

SQLITE = os.environ.get("PEER_SQLITE")
POOL_SIZE = 8


def url() -> URL:
    if SQLITE:
        return URL.create("sqlite+aiosqlite", database=SQLITE)
    return URL.create(
        "postgresql+asyncpg",
        username=os.environ["PGUSER"],
        password=os.environ.get("PGPASSWORD") or None,
        database=os.environ["PGDATABASE"],
        query={"host": os.environ["PGHOST"], "port": os.environ.get("PGPORT") or "5432"},
    )


engine = create_async_engine(url(), pool_size=POOL_SIZE, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)

if SQLITE:

    @event.listens_for(engine.sync_engine, "connect")
    def _tune(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA cache_size=-16000")


async def open_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


SessionOfRequest = Annotated[AsyncSession, Depends(open_session)]


class Instant(TypeDecorator[datetime]):
    """A time with its zone, which SQLite does not store."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


InstantColumn = Instant() if SQLITE else DateTime(timezone=True)
