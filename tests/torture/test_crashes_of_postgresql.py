"""PostgreSQL is killed or stopped at random moments, as a whole or one of its processes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from tests.postgresql import Cluster, temporary_cluster
from tests.server import Server
from tests.torture.faults import kill_backend, to
from tests.torture.kill_schedule import strike_under_load, strike_while_syncing
from tests.torture.load import load
from tests.torture.results import rounds

if connection.vendor == "sqlite":
    __test__ = False


@contextmanager
def served(directory: Path, **settings: str) -> Iterator[tuple[Server, Cluster]]:
    """A server with the settings of production unless others are given: a commit is on disk before its response."""
    with temporary_cluster({"listen_addresses": "", **settings}) as cluster:
        server = Server("postgres", directory, {"DATABASE_URL": cluster.url})
        server.migrate()
        with server.running():
            yield server, cluster


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Cluster]]:
    with served(tmp_path_factory.mktemp("server")) as both:
        yield both


def stop_and_start(cluster: Cluster) -> None:
    cluster.stop("immediate")
    time.sleep(1)
    cluster.start()


def test_no_write_is_lost_when_a_backend_is_killed(both: tuple[Server, Cluster]) -> None:
    server, cluster = both
    journal = strike_under_load(server.url, lambda: kill_backend(cluster), times=rounds(50))
    result = journal.verify("A process of PostgreSQL is killed").keep()

    assert result.faultless, result


def test_no_write_is_lost_when_postgresql_is_stopped_at_once(both: tuple[Server, Cluster]) -> None:
    server, cluster = both
    journal = strike_under_load(server.url, lambda: stop_and_start(cluster), times=rounds(20))
    result = journal.verify("PostgreSQL is stopped immediately, and started again").keep()

    assert result.faultless, result


def test_a_copy_misses_nothing_when_a_backend_is_killed(both: tuple[Server, Cluster]) -> None:
    server, cluster = both
    journal, copies = strike_while_syncing(server.url, lambda: kill_backend(cluster))
    result = copies.verify(journal, "Readers sync, and a process of PostgreSQL is killed").keep()

    assert result.faultless, result


def test_losses_are_found_where_commits_do_not_wait_for_the_disk(tmp_path: Path) -> None:
    """This control shows that a campaign finds lost writes."""
    with served(tmp_path, synchronous_commit="off", wal_writer_delay="10s") as (server, cluster):
        with load(server.url) as journal:
            with to(cluster) as database:
                database.execute("CHECKPOINT")  # The accounts are on disk, so only later writes can be lost.
            for _ in rounds(5):
                journal.go_on(writes=50)
                journal.faults += 1
                stop_and_start(cluster)
        result = journal.verify("Control: the same with synchronous_commit off, which loses").keep()

    assert result.lost
