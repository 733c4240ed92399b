"""The API behind PgBouncer in transaction mode, where each transaction may use another connection."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.pgbouncer import pgbouncer
from tests.programs import need
from tests.server import Server, at_once, serving
from tests.torture.load import load

if connection.vendor == "sqlite":
    __test__ = False

POSTS = "/api/v1/posts"


@pytest.fixture(scope="module")
def pooled(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with eight threads, which share three connections."""
    need("pgbouncer")  # Before the server starts, which takes seconds.
    directory: Path = tmp_path_factory.mktemp("pooled")
    given = connection.settings_dict
    with (
        serving(directory) as server,
        pgbouncer(
            directory,
            host=given["HOST"] or given["OPTIONS"].get("host", ""),
            port=given["PORT"],
            user=given["USER"],
            password=given["PASSWORD"] or "none",
            size=3,
        ) as url,
        server.beside(DATABASE_URL=f"{url}{server.name}?pool_mode=transaction") as beside,
    ):
        yield beside


def test_concurrent_reads_and_writes_are_served(pooled: Server) -> None:
    authors = [pooled.signed_up() for _ in range(4)]

    def use(author: dict[str, str]) -> set[int]:
        statuses = set()
        for number in range(10):
            post = pooled.send(
                "POST", POSTS, {"title": "A title", "body": "Words"}, **author, Idempotency_Key=f"k{number}"
            )
            again = pooled.send(
                "POST", POSTS, {"title": "A title", "body": "Words"}, **author, Idempotency_Key=f"k{number}"
            )
            assert again.body == post.body
            for path in (f"{POSTS}/{post.body['id']}", POSTS, f"{POSTS}?search=words&page=1"):
                statuses.add(pooled.send("GET", path, **author).status)
        return statuses

    assert at_once([lambda author=author: use(author) for author in authors]) == [{200}] * 4  # type: ignore[misc]


def test_no_acknowledged_write_is_lost_behind_pgbouncer(pooled: Server) -> None:
    with load(pooled.url, writers=8, writes=40) as journal:
        pass
    result = journal.verify("PgBouncer in transaction mode")

    assert result.faultless, result
    assert result.acknowledged == 320


def test_timeouts_apply_although_pgbouncer_refuses_startup_options(pooled: Server) -> None:
    address = pooled.variables["DATABASE_URL"].partition("?")[0]
    with psycopg.connect(address) as pool:
        limits = [pool.execute(f"SHOW {name}".encode()).fetchone() for name in ("statement_timeout", "lock_timeout")]

    assert limits == [("5s",), ("3s",)]
