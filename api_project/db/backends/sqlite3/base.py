"""SQLite, with an end to what a statement may take, and with turns for the threads of a process that write."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.operations import DatabaseOperations as SQLiteOperations

from api_project.db.backends.threads import close_on_thread_exit
from api_project.db.backends.timeouts import COUNT_TIMEOUT, STATEMENT_TIMEOUT
from api_project.private_files import create_private

PROGRESS_STEPS = 100_000  # Of SQLite's virtual machine, a few milliseconds' worth.

_turn = threading.Lock()


class DatabaseOperations(SQLiteOperations):
    def conditional_expression_supported_in_where_clause(self, expression: Any) -> bool:
        """Any is: Django 6.1 would compare functions to 1, and no index would serve them."""
        return True


class DatabaseWrapper(base.DatabaseWrapper):
    """With the option `limited`, statements that take too long fail with OperationalError.

    A transaction begins when no other of this process is open. Who waits for SQLite's own lock looks for it now and
    then, more and more rarely, while others come and take it: of eight writers one would wait for seven seconds.
    """

    ops_class = DatabaseOperations
    _begun = 0.0
    _has_turn = False
    _busy_timeout = 0.0
    _seconds = STATEMENT_TIMEOUT

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        self._is_limited = params.pop("limited", False)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        close_on_thread_exit(self)
        name = str(conn_params["database"])
        if not name.startswith((":", "file:")):
            create_private(Path(name))
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        self._busy_timeout = conn_params["timeout"]
        if self._is_limited:
            connection.set_progress_handler(self._is_overdue, PROGRESS_STEPS)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        self._begun = time.monotonic()  # Each statement of Django has a cursor of its own.
        return super().create_cursor(name)

    def _is_overdue(self) -> bool:
        return time.monotonic() - self._begun > self._seconds

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Limits statements that count more than others."""
        self._seconds = COUNT_TIMEOUT
        try:
            yield
        finally:
            self._seconds = STATEMENT_TIMEOUT

    # --- turns ------------------------------------------------------------------------------------

    def _start_transaction_under_autocommit(self) -> None:
        begun, timeout = time.monotonic(), self.settings_dict["OPTIONS"]["timeout"]
        if not _turn.acquire(timeout=timeout):
            raise OperationalError("database is locked")
        self._has_turn = True
        try:
            self._set_busy_timeout(timeout - (time.monotonic() - begun))
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # The stubs lack it.
        except BaseException:
            self._end_turn()
            raise

    def _set_busy_timeout(self, seconds: float) -> None:
        """For so long from now on, when another process has it."""
        if abs(seconds - self._busy_timeout) > 0.01:
            self.connection.execute(f"PRAGMA busy_timeout = {max(0, round(seconds * 1000))}")
            self._busy_timeout = seconds

    def commit(self) -> None:
        super().commit()
        self._end_turn()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._end_turn()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            _turn.release()
