"""The server is killed at random moments under load; every acknowledged write has to exist afterwards."""

import signal
import time

from tests.server import Server
from tests.torture.faults import kill_worker
from tests.torture.kill_schedule import strike_under_load, strike_while_syncing
from tests.torture.results import IN_FULL, rounds

# Seconds. If a worker dies sooner after its start, granian concludes that it cannot run, and exits. Its supervisor,
# such as systemd, then starts it again.
OLD_ENOUGH = 6


def test_no_write_is_lost_when_a_worker_is_killed(server: Server) -> None:
    with server.beside() as killed:

        def strike() -> None:
            if IN_FULL:
                time.sleep(OLD_ENOUGH)
            kill_worker(killed)

        journal = strike_under_load(killed.url, strike, times=rounds(50))
        result = journal.verify("A worker of the server is killed").keep()

    assert result.faultless, result


def test_no_write_is_lost_when_the_server_is_killed(server: Server) -> None:
    with server.beside() as killed:

        def strike() -> None:
            killed.stop(signal.SIGKILL)
            killed.start()

        journal = strike_under_load(killed.url, strike, times=rounds(20))
        result = journal.verify("The server is killed, and started again").keep()

    assert result.faultless, result


def test_a_copy_misses_nothing_when_the_server_is_killed(server: Server) -> None:
    with server.beside() as killed:

        def strike() -> None:
            killed.stop(signal.SIGKILL)
            killed.start()

        journal, copies = strike_while_syncing(killed.url, strike)
        result = copies.verify(journal, "Readers sync, and the server is killed and started again").keep()

    assert result.faultless, result
