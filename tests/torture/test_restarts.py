"""A server that stops completes the requests that it has begun."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connection

from tests.server import Server

POSTS = "/api/v1/posts"
HOLD_UP = "BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "LOCK TABLE posts_post IN EXCLUSIVE MODE"


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
        assert stopped.process.wait() == 0
        stopped.process = None
