"""The hour of a token's last use is a write of its own, which no request waits for or fails by."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Event, Thread

import pytest
from django.db import connection, connections, transaction

from tests.client import Client
from tests.users.tokens.conftest import WithToken
from users.models import User
from users.tokens import services
from users.tokens.models import PersonalAccessToken

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = 1.0  # Seconds, on a busy machine.


@pytest.fixture(autouse=True)
def end_cooldown() -> Iterator[None]:
    services._cooldown.end()
    yield
    services._cooldown.end()


@contextmanager
def locked_by_another_thread() -> Iterator[None]:
    """A transaction that holds the locks of a write to every token."""
    begun, may_end = Event(), Event()

    def write() -> None:
        with transaction.atomic():
            PersonalAccessToken.objects.update(last_used_at=None)
            begun.set()
            may_end.wait(30)
        connections.close_all()

    writer = Thread(target=write)
    writer.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        may_end.set()
        writer.join()


def seconds_of(call: Callable[[], object]) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


def is_recorded() -> bool:
    return PersonalAccessToken.objects.get().last_used_at is not None


def test_a_read_does_not_wait_for_a_long_write(with_token: WithToken) -> None:
    client = with_token()

    def read(times: int = 1) -> None:
        for _ in range(times):
            assert client.get("/api/v1/users/me").status_code == HTTPStatus.OK

    with locked_by_another_thread():
        assert seconds_of(read) < QUICK
        assert seconds_of(lambda: read(10)) < QUICK
    assert not is_recorded()
    services._cooldown.end()
    read()
    assert is_recorded()


def test_failures_are_tried_again_after_a_while(with_token: WithToken, capfd: pytest.CaptureFixture[str]) -> None:
    client = with_token()
    with locked_by_another_thread():
        for _ in range(10):
            client.get("/api/v1/users/me")
    assert capfd.readouterr().err.count("token_use_not_recorded") == 1
    time.sleep(services.USE_ERROR_COOLDOWN)
    client.get("/api/v1/users/me")
    assert is_recorded()


def test_other_writes_still_wait_for_their_turn(with_token: WithToken, member_client: Client) -> None:
    def timeout() -> object:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout" if connection.vendor == "sqlite" else "SHOW lock_timeout")
            return cursor.fetchone()

    client, before = with_token(), timeout()
    client.get("/api/v1/users/me")
    assert is_recorded()
    assert timeout() == before
    with locked_by_another_thread():
        PersonalAccessToken.objects.first()
        services._cooldown.end()
        client.get("/api/v1/users/me")
        assert timeout() == before


@pytest.mark.skipif(connection.vendor == "sqlite", reason="has no standby servers")
def test_a_token_reads_from_a_database_that_refuses_writes(with_token: WithToken, member: User) -> None:
    client = with_token()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        for _ in range(2):
            assert client.get("/api/v1/users/me").json()["username"] == member.username
    finally:
        connection.close()
    assert not is_recorded()
