"""Processes that are killed at any moment, under a load whose acknowledged writes have to be found afterwards."""

import signal

from tests.server import Server
from tests.torture.load import load
from tests.torture.results import rounds


def test_no_write_is_lost_when_the_server_is_killed(server: Server) -> None:
    with server.beside() as killed:
        with load(killed.url) as journal:
            for _ in rounds(20):
                journal.go_on(writes=50)
                journal.faults += 1
                killed.stop(signal.SIGKILL)
                killed.start()
                journal.await_recovery()
        result = journal.verify("The server is killed and started again").keep()

    assert result.faultless, result
