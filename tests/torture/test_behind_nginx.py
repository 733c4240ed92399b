"""The documented proxy adds restarts without an outage, and writes despite a crowd of slow clients."""

import os
import signal
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from tests import nginx
from tests.server import Server
from tests.torture.kill_schedule import strike_under_load
from tests.torture.load import load
from tests.torture.readers import Readers
from tests.torture.results import rounds
from tests.torture.slow_clients import SLOW, Crowd, in_background


@pytest.fixture
def two(server: Server) -> Iterator[tuple[Server, Server]]:
    trusting = {"TRUSTED_PROXIES": "127.0.0.1"}
    with server.beside(**trusting) as one, server.beside(**trusting) as other:
        yield one, other


def restart(server: Server) -> None:
    """Restart the server as `systemctl restart` does."""
    assert server.process
    os.kill(server.process.pid, signal.SIGTERM)
    server.process.wait()
    server.start()


def test_two_servers_that_are_restarted_in_turn_fail_no_request(two: tuple[Server, Server], tmp_path: Path) -> None:
    with nginx.in_front_of([server.port for server in two], tmp_path) as port:
        url = f"http://127.0.0.1:{port}"
        readers, turns = Readers(url), cycle(two)
        with readers.reading():
            journal = strike_under_load(url, lambda: restart(next(turns)), times=rounds(10, otherwise=2))
        result = journal.verify("Two servers behind nginx are restarted in turn").keep()

    assert result.faultless, result
    assert not readers.failed, readers.outcomes


@pytest.mark.parametrize("kind", ["heads", "bodies"])
def test_a_crowd_of_slow_clients_delays_no_writer(server: Server, tmp_path: Path, kind: str) -> None:
    with nginx.in_front_of([server.port], tmp_path) as port:
        crowd = Crowd(SLOW[kind], 500, port)
        with in_background(crowd.run), load(f"http://127.0.0.1:{port}", writers=4) as journal:
            journal.go_on(writes=100)
        result = journal.verify(f"500 slow {kind} before nginx")

    assert result.faultless, result
    assert "503" not in result.statuses, result
