"""A connection to PostgreSQL that does not wait for ever."""

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from api_project.db.backends.postgresql.circuit_breaker import ConnectCircuitBreaker
from api_project.db.backends.timeouts import RESPONSE_TIMEOUT

T = TypeVar("T")


class Connection(psycopg.Connection[Any]):
    """Closes itself if the server takes too long to respond, since the outcome of the statement is unknown.

    The server itself ends slow statements, unless it is stopped, or unreachable although the connection is still open.
    """

    breaker: ConnectCircuitBreaker | None = None

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = RESPONSE_TIMEOUT) -> T:
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
                if self.breaker:
                    self.breaker.open()
            raise
