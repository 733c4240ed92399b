"""What a thread of the server leaves behind when it ends: nothing."""

import gc
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from tests.client import Client


@pytest.fixture
def _garbage_stays() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_garbage_stays")
@pytest.mark.django_db(transaction=True)
def test_its_connections_to_the_database_are_closed() -> None:
    opened: list[Any] = []

    def ask() -> None:
        Client().get("/api/v1/posts")
        opened.extend(each for each in connections.all() if each.connection)

    thread = Thread(target=ask)
    thread.start()
    thread.join()

    assert [each.connection for each in opened] == [None]
