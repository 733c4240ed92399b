"""Processes that are killed at any moment, under a load whose acknowledged writes have to be found afterwards."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.postgresql import Cluster, temporary_cluster
from tests.server import Server
from tests.torture.load import load
from tests.torture.results import rounds
from tests.torture.trouble import kill_backend, kill_worker

of_postgresql = pytest.mark.skipif(connection.vendor == "sqlite", reason="of PostgreSQL")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """With the settings of production, where a commit is on disk before it is answered."""
    with temporary_cluster({"listen_addresses": ""}) as cluster:
        yield cluster


@pytest.fixture
def server_of_cluster(cluster: Cluster, tmp_path: Path) -> Iterator[Server]:
    server = Server("postgres", tmp_path, {"DATABASE_URL": cluster.url})
    server.migrate()
    with server.running():
        yield server


def hold_to(server: Server, campaign: str, *, times: range, strike: Callable[[], object]) -> None:
    """Strike under load, which leaves it to be served again; whatever was acknowledged has to be there."""
    with load(server.url) as journal:
        for _ in times:
            journal.go_on(writes=50)
            journal.faults += 1
            strike()
            journal.await_recovery()
    result = journal.verify(campaign).keep()

    assert result.faultless, result


def test_no_write_is_lost_when_a_worker_is_killed(server: Server) -> None:
    with server.beside() as killed:
        hold_to(killed, "A worker of the server is killed", times=rounds(100), strike=lambda: kill_worker(killed))


def test_no_write_is_lost_when_the_server_is_killed(server: Server) -> None:
    with server.beside() as killed:

        def strike() -> None:
            killed.stop(signal.SIGKILL)
            killed.start()

        hold_to(killed, "The server is killed, and started again", times=rounds(20), strike=strike)


@of_postgresql
def test_no_write_is_lost_when_a_backend_is_killed(server_of_cluster: Server, cluster: Cluster) -> None:
    campaign = "A process of PostgreSQL is killed"
    hold_to(server_of_cluster, campaign, times=rounds(50), strike=lambda: kill_backend(cluster))


@of_postgresql
def test_no_write_is_lost_when_postgresql_is_stopped_at_once(server_of_cluster: Server, cluster: Cluster) -> None:
    def strike() -> None:
        cluster.stop("immediate")
        time.sleep(1)
        cluster.start()

    campaign = "PostgreSQL is stopped immediately, and started again"
    hold_to(server_of_cluster, campaign, times=rounds(20), strike=strike)
