"""Closes a thread's database connections when the thread ends.

The server ends idle threads and starts new ones. Django's objects for a thread refer to each other in a cycle, so
without this module a connection stays open until Python's garbage collector runs, and PostgreSQL counts it until then.
"""

import threading
from contextlib import suppress

from django.db.backends.base.base import BaseDatabaseWrapper

_left_open: list[BaseDatabaseWrapper] = []


class _Connections(set[BaseDatabaseWrapper]):
    def __del__(self) -> None:
        """Close the connections, except those of SQLite, which the next thread that connects closes.

        SQLite calls back into Python when it closes a connection. While a thread ends that Python did not start, that
        crashes the process before Python 3.12.4 (https://github.com/python/cpython/issues/119585).
        """
        for connection in self:
            if connection.vendor == "sqlite":
                _left_open.append(connection)
            else:
                connection.close()


class _ThreadLocal(threading.local):
    def __init__(self) -> None:
        self.connections = _Connections()


_thread_local = _ThreadLocal()


def close_on_thread_exit(connection: BaseDatabaseWrapper) -> None:
    """Close the connection when the current thread ends or, for SQLite, soon after that."""
    with suppress(IndexError):  # Threads may do this at once.
        while True:
            ended = _left_open.pop()
            ended.inc_thread_sharing()
            ended.close()
    if threading.get_ident() != threading.main_thread().ident:  # The process ends with its main thread.
        _thread_local.connections.add(connection)
