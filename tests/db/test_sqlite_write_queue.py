"""Threads of one process write to SQLite one after the other, without polling its lock."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from posts.models import Tag

if connection.vendor != "sqlite":
    __test__ = False

pytestmark = pytest.mark.django_db(transaction=True)


def write(slug: str) -> list[tuple[str, float]]:
    """Write a tag in this thread. Gives the statements, each with the time of its execution."""
    executed: list[tuple[str, float]] = []
    try:
        with connection.execute_wrapper(noting(executed)), transaction.atomic():
            Tag.objects.create(slug=slug)
    finally:
        connection.close()
    return executed


def noting(executed: list[tuple[str, float]]) -> Callable[..., Any]:
    def note(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        executed.append((sql.split(maxsplit=1)[0], time.monotonic()))
        return execute(sql, *arguments)

    return note


@contextmanager
def committed() -> Iterator[None]:
    with transaction.atomic():
        yield


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def failed() -> Iterator[None]:
    with suppress(ZeroDivisionError), transaction.atomic():
        yield
        raise ZeroDivisionError


@contextmanager
def disconnected() -> Iterator[None]:
    with transaction.atomic():
        yield
        connection.close()


@pytest.mark.parametrize("written", [committed, rolled_back, failed, disconnected])
def test_a_writer_executes_nothing_until_the_transaction_before_it_has_ended(
    written: Callable[[], AbstractContextManager[None]],
) -> None:
    with ThreadPoolExecutor() as pool:
        with written():
            other = pool.submit(write, "other")
            time.sleep(0.3)  # By then it would have executed its BEGIN.
            ended = time.monotonic()
        executed = other.result(timeout=5)

    assert [word for word, _at in executed] == ["BEGIN", "INSERT"]
    assert executed[0][1] > ended
    assert write("another")


def test_a_writer_that_waits_too_long_in_the_queue_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
    with ThreadPoolExecutor() as pool, transaction.atomic():
        other = pool.submit(write, "other")
        with pytest.raises(OperationalError, match="locked"):
            other.result(timeout=5)


def test_a_writer_that_cannot_begin_leaves_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot begin because another process writes."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
    connection.close()
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            Tag.objects.create(slug="one")

    with ThreadPoolExecutor() as pool:
        assert pool.submit(write, "one").result(timeout=5)


def test_the_waits_for_the_queue_and_for_another_process_share_one_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 2)
    connection.close()
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as elsewhere, ThreadPoolExecutor() as pool:
        elsewhere.execute("BEGIN IMMEDIATE")
        first = pool.submit(write, "first")
        time.sleep(1)
        begun = time.monotonic()
        second = pool.submit(write, "second")

        for writer in (first, second):
            with pytest.raises(OperationalError, match="locked"):
                writer.result(timeout=5)
        assert time.monotonic() - begun < 2.7
        elsewhere.rollback()
        assert pool.submit(write, "third").result(timeout=5)
