"""While the disk is full, a write is a 503 and no acknowledged write is lost; writes work again once there is room."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from tests.postgresql import Cluster, temporary_cluster
from tests.server import Server
from tests.torture.faults import filled, small_disk
from tests.torture.load import load
from tests.torture.results import rounds

FULL_FOR = 3.0  # Seconds.


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk(mebibytes=150) as disk:
        if disk is None:
            pytest.skip("mounting a small disk is not permitted here (run the tests as root)")
        yield disk


@contextmanager
def database_on(disk: Path) -> Iterator[tuple[str, Cluster | None]]:
    """The URL of a database on that disk; on PostgreSQL with the write-ahead log."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{disk}/db.sqlite3", None
        return
    settings = {"listen_addresses": "", "max_wal_size": "8MB", "min_wal_size": "2MB"}
    with temporary_cluster(settings, data_in=disk, initdb=["--wal-segsize=1"]) as cluster:
        yield cluster.url, cluster


def test_no_write_is_lost_when_the_disk_is_full(disk: Path, tmp_path: Path) -> None:
    with database_on(disk) as (url, cluster):
        server = Server("postgres", tmp_path, {"DATABASE_URL": url})
        server.migrate()
        with server.running():
            with load(server.url) as journal:
                for _ in rounds(10):
                    journal.go_on(writes=50)
                    journal.faults += 1
                    with filled(disk):
                        time.sleep(FULL_FOR)
                    # Without room for its log PostgreSQL exits, and waits for its operator.
                    if cluster and not cluster.is_running():
                        cluster.start()
                    journal.await_recovery()
            result = journal.verify("The disk of the database is full").keep()

    assert result.faultless, result
    assert result.statuses.get("503")
