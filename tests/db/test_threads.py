"""A thread of the server that ends leaves nothing behind."""

import gc
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from tests.client import Client


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

    thread = Thread(target=fetch)
    thread.start()
    thread.join()

    assert [each.connection for each in opened] == [None]
