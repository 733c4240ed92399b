"""A circuit breaker for new connections.

A process has few threads. If each of them waited for a database that does not accept connections, none would be left
for requests that need no database.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


class ConnectCircuitBreaker:
    """Opens when connecting fails. While it is open, one thread at a time tries to connect and the others fail fast."""

    def __init__(self) -> None:
        self._is_open = False
        self._probe = threading.Lock()

    def open(self) -> None:
        self._is_open = True

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Guards an attempt to connect, whose outcome opens or closes the breaker. Raises OperationalError."""
        is_probe = self._probe.acquire(blocking=False)
        if self._is_open and not is_probe:
            raise psycopg.OperationalError("The database does not respond. Another thread is trying to connect.")
        try:
            yield
            self._is_open = False
        except psycopg.OperationalError:
            self.open()
            raise
        finally:
            if is_probe:
                self._probe.release()
