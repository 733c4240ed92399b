"""A thread of the server that ends leaves nothing behind."""

import gc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import pytest
from django.db import connections

from tests.client import Client
from tests.databases import empty_database
from tests.server import Server, at_once


@pytest.fixture
def _no_garbage_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_garbage_collection")
@pytest.mark.django_db(transaction=True)
def test_the_database_connections_of_a_thread_that_ended_are_closed() -> None:
    opened: list[Any] = []

    def fetch() -> None:
        Client().get("/api/v1/posts")
        opened.extend(each for each in connections.all() if each.connection)

    for _ in range(2):  # A connection to SQLite is closed when the next thread connects.
        thread = Thread(target=fetch)
        thread.start()
        thread.join()

    assert opened[0].connection is None


def test_a_worker_outlives_its_idle_threads(tmp_path: Path) -> None:
    """The server ends a thread that had no request for some time, ten minutes in production."""
    arguments = ("--blocking-threads-idle-timeout=5",)
    with empty_database(tmp_path) as name, Server(name, tmp_path, arguments=arguments).running() as server:
        workers = server.workers
        for _ in range(2):
            at_once([partial(server.send, "GET", f"/api/v1/posts?page_size={size}") for size in range(1, 17)])
            sleep(7)
        assert server.workers == workers
