"""Django's PostgreSQL backend with timeouts. Decision 19 compares it with a connection pool."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db import transaction
from django.db.backends.postgresql import base

from api_project.db.backends.postgresql.circuit_breaker import ConnectCircuitBreaker
from api_project.db.backends.postgresql.connection import Connection
from api_project.db.backends.threads import close_on_thread_exit
from api_project.db.backends.timeouts import COUNT_LOCK_TIMEOUT, COUNT_TIMEOUT

_MAX_READS = 10  # Messages that an idle connection may have to read. With more, a new connection is cheaper.
_LIMIT_COUNT = f"SET LOCAL statement_timeout = '{COUNT_TIMEOUT}s'; SET LOCAL lock_timeout = '{COUNT_LOCK_TIMEOUT}s'"

# The driver module that Django uses, with a `connect` that makes our connections.
_limited: Any = SimpleNamespace(**(vars(psycopg) | {"connect": Connection.connect}))

_breakers: dict[str, ConnectCircuitBreaker] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    """With the option `limited`, statements and connections that take too long fail with OperationalError."""

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if params.pop("limited", False):
            self.Database = _limited
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        close_on_thread_exit(self)
        if self.Database is not _limited:
            return super().get_new_connection(conn_params)
        breaker = _breakers.setdefault(self.alias, ConnectCircuitBreaker())  # Atomic, so all threads share one.
        with breaker.guard():
            connection = super().get_new_connection(conn_params)
        connection.breaker = breaker
        return connection

    def is_usable(self) -> bool:
        """True if the server has not closed the connection. It takes no round trip: a closed socket is readable."""
        connection = self.connection
        if connection is None or connection.closed:
            return False
        poll = select.poll()
        poll.register(connection.pgconn.socket, select.POLLIN)
        try:
            for _ in range(_MAX_READS):
                if not poll.poll(0):
                    return True
                connection.pgconn.consume_input()  # A notice; or the server's last message, and then the end.
        except psycopg.OperationalError:
            pass
        return False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A transaction that only reads. All of its statements see the rows of one moment.

        Inside another transaction, it is that one as it is.
        """
        if self.in_atomic_block:
            yield
            return
        with transaction.atomic(self.alias):
            with self.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Give statements that count rows less time. Inside a transaction it changes nothing.

        The settings last for a transaction of their own, so that a pooler does not pass them on to other clients.
        """
        self.ensure_connection()  # It sets `Database`.
        if self.Database is not _limited or self.in_atomic_block:
            yield
            return
        with self.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                cursor.execute(_LIMIT_COUNT)
                yield
            finally:
                if not self.connection.closed:
                    cursor.execute("COMMIT")  # After an error, PostgreSQL rolls back instead.
