"""Restarts without an outage: every request during a restart is served."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connection

from tests.server import Server
from tests.torture.kill_schedule import strike_under_load
from tests.torture.readers import Readers
from tests.torture.results import rounds

POSTS = "/api/v1/posts"
HOLD_UP = "BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "LOCK TABLE posts_post IN EXCLUSIVE MODE"


def reload(server: Server) -> None:
    """Reload as `systemctl reload` does, and wait until the last of the old processes has exited."""
    assert server.process
    before, deadline = set(server.workers), time.monotonic() + 120
    os.kill(server.process.pid, signal.SIGHUP)
    while before.intersection(server.workers) or len(server.workers) != 2:
        assert time.monotonic() < deadline, before
        time.sleep(0.1)


def test_a_reload_fails_no_request(server: Server) -> None:
    with server.beside() as reloaded:
        readers = Readers(reloaded.url)
        with readers.reading(hesitant=8):
            journal = strike_under_load(reloaded.url, partial(reload, reloaded), times=rounds(5))
        result = journal.verify("The server is reloaded").keep()

    assert result.faultless, result
    assert not readers.failed, readers.outcomes


def test_a_stopping_server_completes_started_requests(server: Server) -> None:
    with server.beside() as stopped, ThreadPoolExecutor() as pool, stopped.connect() as database:
        author = stopped.signed_up()
        database.execute(HOLD_UP)
        begun = pool.submit(partial(stopped.send, "POST", POSTS, {"title": "Begun", "body": "Any"}, **author))
        time.sleep(0.5)  # By now, the request waits for the database.
        assert stopped.process
        os.kill(stopped.process.pid, signal.SIGTERM)
        time.sleep(0.5)
        database.rollback()

        assert begun.result().status == 201
        assert stopped.process.wait(timeout=15) == 0
        stopped.process = None
