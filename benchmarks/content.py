"""The rows from which workloads make their requests."""

import random
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import connect
from typing import Any
from uuid import UUID

import psycopg

from postgres import Database
from systems import AUTHOR


@dataclass(frozen=True)
class Content:
    """The rows from which workloads make their requests."""

    ids: list[UUID]  # Many more than this API caches responses for.
    authors: list[str]
    tags: list[str]
    body: str
    author_id: UUID
    depth: int  # The number of rows before the deep page, a multiple of 100.
    place: tuple[datetime, UUID]  # The last of these rows.


def of_postgresql(database: Database) -> Content:
    with database.connect() as connection:
        (published,) = _row(connection, "SELECT count(*) FROM posts_post WHERE published_at <= now()")
        depth = int(published * 0.9) // 100 * 100
        place = _row(
            connection,
            "SELECT published_at, id FROM posts_post WHERE published_at <= now()"
            " ORDER BY published_at DESC, id DESC LIMIT 1 OFFSET %s",
            depth - 1,
        )
        authors = "SELECT username FROM users_user JOIN posts_post ON author_id = users_user.id"
        return Content(
            ids=_column(
                connection, "SELECT id FROM posts_post WHERE published_at <= now() ORDER BY md5(id::text) LIMIT 10000"
            ),
            authors=_column(connection, f"{authors} GROUP BY username HAVING count(*) > 1 ORDER BY username LIMIT 50"),
            tags=_column(connection, "SELECT slug FROM posts_tag ORDER BY slug LIMIT 500"),
            body=_row(connection, "SELECT body FROM posts_post WHERE octet_length(body) > 1400 ORDER BY id LIMIT 1")[0],
            author_id=_row(connection, "SELECT id FROM users_user WHERE username = %s", AUTHOR)[0],
            depth=depth,
            place=(place[0], place[1]),
        )


def of_sqlite(path: Path, like: Content) -> Content:
    with closing(connect(path)) as connection:
        ids = [
            UUID(key) for (key,) in connection.execute("SELECT id FROM posts_post WHERE published_at <= ?", [_now()])
        ]
        return replace(like, ids=random.Random("bench").sample(ids, len(ids)))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _row(connection: psycopg.Connection, statement: str, *parameters: object) -> Any:
    found = connection.execute(statement.encode(), parameters or None).fetchone()
    if found is None:
        raise SystemExit(f"nothing found by {statement}")
    return found


def _column(connection: psycopg.Connection, statement: str) -> list[Any]:
    return [value for (value,) in connection.execute(statement.encode())]
