"""PostgreSQL, with an end to waiting for a server that does not answer."""

import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar

import psycopg
from django.db.backends.postgresql import base
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from api_project.db.backends.threads import close_on_thread_exit
from api_project.db.backends.timeouts import COUNT_LOCK_TIMEOUT, COUNT_TIMEOUT, RESPONSE_TIMEOUT

T = TypeVar("T")


class Connection(psycopg.Connection[Any]):
    """Closes itself when an answer takes too long, for nobody knows what becomes of the statement.

    The server ends what is slow, unless it is stopped, or out of reach with the connection still up.
    """

    breaker: "ConnectCircuitBreaker | None" = None

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = RESPONSE_TIMEOUT) -> T:
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
                if self.breaker:
                    self.breaker.closed = True
            raise


class ConnectCircuitBreaker:
    """To new connections to one database. While they fail, one thread at a time tries: not all are to hang in it."""

    def __init__(self) -> None:
        self.closed = False
        self._one = threading.Lock()

    @contextmanager
    def guard(self) -> Iterator[None]:
        is_mine = self._one.acquire(blocking=False)
        if self.closed and not is_mine:
            raise psycopg.OperationalError("the server did not answer, and another thread asks it again")
        try:
            yield
            self.closed = False
        except psycopg.OperationalError:
            self.closed = True
            raise
        finally:
            if is_mine:
                self._one.release()


_breakers: dict[str, ConnectCircuitBreaker] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    """With the option `limited`, statements and connections that take too long fail with OperationalError."""

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if params.pop("limited", False):
            self.Database = _limited
        return params

    def is_usable(self) -> bool:
        """Whether the server has left the connection open, which takes no round trip: closing it was said by itself."""
        made = self.connection
        if made is None or made.closed:
            return False
        poll = select.poll()
        poll.register(made.pgconn.socket, select.POLLIN)
        try:
            for _ in range(_MAX_READS):
                if not poll.poll(0):
                    return True
                made.pgconn.consume_input()  # A notice; or a last word, and then the end.
        except psycopg.OperationalError:
            pass
        return False

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Limits a statement that counts more than others; not in a transaction, which has settings of its own."""
        self.ensure_connection()  # Which tells whether it is limited.
        if self.Database is not _limited or self.in_atomic_block:
            yield
            return
        with self.cursor() as cursor:
            cursor.execute("BEGIN")  # Whose settings a pooler leaves to nobody else.
            try:
                cursor.execute(_LIMIT_COUNT)
                yield
            finally:
                if not self.connection.closed:
                    cursor.execute("COMMIT")  # Or, after an error, the end of it.

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        close_on_thread_exit(self)
        if self.Database is not _limited:
            return super().get_new_connection(conn_params)
        # A default dictionary may give two threads one each.
        breaker = _breakers.setdefault(self.alias, ConnectCircuitBreaker())
        with breaker.guard():
            made = super().get_new_connection(conn_params)
        made.breaker = breaker
        return made


_MAX_READS = 10  # What an idle connection may have to read; more is worth a new one.
_LIMIT_COUNT = f"SET LOCAL statement_timeout = '{COUNT_TIMEOUT}s'; SET LOCAL lock_timeout = '{COUNT_LOCK_TIMEOUT}s'"

# The driver as Django knows it, whose `connect` makes connections of that class.
_limited: Any = SimpleNamespace(**(vars(psycopg) | {"connect": Connection.connect}))
