"""Closes a thread's database connections when the thread ends.

The server ends idle threads and starts new ones. Django's objects for a thread refer to each other in a cycle, so
without this module a connection stays open until Python's garbage collector runs, and PostgreSQL counts it until then.
"""

import threading

from django.db.backends.base.base import BaseDatabaseWrapper


class _Connections(set[BaseDatabaseWrapper]):
    def __del__(self) -> None:
        for connection in self:
            connection.close()


class _ThreadLocal(threading.local):
    def __init__(self) -> None:
        self.connections = _Connections()


_thread_local = _ThreadLocal()


def close_on_thread_exit(connection: BaseDatabaseWrapper) -> None:
    """Close the connection when the current thread ends, if it is open then."""
    if threading.get_ident() != threading.main_thread().ident:  # The process ends with its main thread.
        _thread_local.connections.add(connection)
