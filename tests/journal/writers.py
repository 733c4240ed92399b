"""Writers with a connection each, so that several transactions can be open, and commit in any order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection, transaction

T = TypeVar("T")

# A write that waits for the lock of another open transaction fails: they take turns in one test, however long it takes.
LIMITS = "SET LOCAL lock_timeout = '50ms'; SET LOCAL idle_in_transaction_session_timeout = 0"


class Writer:
    """Writes in a transaction that stays open until it is ended."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._transaction = transaction.Atomic(using=None, savepoint=True, durable=False)
        self.write(self._begin)

    def write(self, call: Callable[[], T]) -> T:
        """The result of a call in the transaction."""
        return self._thread.submit(call).result(timeout=60)

    def end(self, *, commit: bool) -> None:
        self.write(lambda: self._end(commit=commit))
        self._thread.shutdown()

    def _begin(self) -> None:
        self._transaction.__enter__()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(LIMITS)

    def _end(self, *, commit: bool) -> None:
        made: Any = connection
        try:
            if not commit:
                made.set_rollback(True)
            self._transaction.__exit__(None, None, None)
        finally:
            made.close()
