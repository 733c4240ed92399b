"""Connections end with the thread that opened them.

A server ends threads that have nothing to do, and starts others. What Django keeps for a thread refers to itself, so a
connection would stay open until garbage is collected, which may be long after: PostgreSQL counts it until then.
"""

import threading

from django.db.backends.base.base import BaseDatabaseWrapper


class _Connections(set[BaseDatabaseWrapper]):
    def __del__(self) -> None:
        for connection in self:
            connection.close()


class _OfThisThread(threading.local):
    def __init__(self) -> None:
        self.connections = _Connections()


_of_this_thread = _OfThisThread()


def close_on_thread_exit(connection: BaseDatabaseWrapper) -> None:
    """Close it when this thread ends, if it is open then."""
    if threading.get_ident() != threading.main_thread().ident:  # With which the process ends, and all of it.
        _of_this_thread.connections.add(connection)
