"""Reloads without an outage: every request during a reload is served."""

import os
import signal
import time
from functools import partial

from tests.server import Server
from tests.torture.kill_schedule import strike_under_load
from tests.torture.readers import Readers
from tests.torture.results import IN_FULL, rounds

# In production, an old process serves for 15 seconds longer.
ARGUMENTS = () if IN_FULL else ("--respawn-interval=4",)


def reload(server: Server) -> None:
    """Reload as `systemctl reload` does, and wait until the last of the old processes has exited."""
    assert server.process
    before, deadline = set(server.workers), time.monotonic() + 120
    os.kill(server.process.pid, signal.SIGHUP)
    while before.intersection(server.workers) or len(server.workers) != 2:
        assert time.monotonic() < deadline, before
        time.sleep(0.1)


def test_a_reload_fails_no_request(server: Server) -> None:
    # Its new processes take as long to load the application as in production.
    module = "api_project.workers"
    with Server(server.name, server.directory, arguments=ARGUMENTS, module=module).running() as reloaded:
        readers = Readers(reloaded.url)
        with readers.reading(hesitant=8):
            journal = strike_under_load(reloaded.url, partial(reload, reloaded), times=rounds(5))
        result = journal.verify("The server is reloaded").keep()

    assert result.faultless, result
    assert not readers.failed, readers.outcomes
