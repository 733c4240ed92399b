"""Django's SQLite backend with timeouts, and with a queue for the threads of a process that write."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.operations import DatabaseOperations as SQLiteOperations

from api_project.db.backends.threads import close_on_thread_exit
from api_project.db.backends.timeouts import COUNT_TIMEOUT, STATEMENT_TIMEOUT
from api_project.private_files import create_private

PROGRESS_STEPS = 100_000  # Instructions of SQLite's virtual machine between two checks: a few milliseconds.

_write_lock = threading.Lock()


class DatabaseOperations(SQLiteOperations):
    def conditional_expression_supported_in_where_clause(self, expression: Any) -> bool:
        """Always True: Django 6.1 would compare functions to 1, which hides them from indexes."""
        return True

    def convert_uuidfield_value(self, value: Any, expression: Any, connection: Any) -> UUID | None:
        """Django's way takes longer, since it reads any form. Other forms than the stored one come from expressions."""
        try:
            return None if value is None else UUID(int=int(value, 16))
        except ValueError:
            return UUID(value)

    def convert_datetimefield_value(self, value: Any, expression: Any, connection: Any) -> datetime | None:
        """Add the zone of all stored times, which Django would look up for each value."""
        if isinstance(value, datetime) and value.tzinfo is None and self.connection.timezone is UTC:
            return value.replace(tzinfo=UTC)
        converted: datetime | None = super().convert_datetimefield_value(value, expression, connection)
        return converted


class DatabaseWrapper(base.DatabaseWrapper):
    """With the option `limited`, statements that take too long fail with OperationalError.

    A transaction begins when no other thread of this process has one. A thread that waits for SQLite's own lock polls
    it, less and less often, while other threads take it: one of eight writers would wait for seven seconds.
    """

    ops_class = DatabaseOperations
    _statement_began = 0.0
    _statement_timeout = STATEMENT_TIMEOUT
    _busy_timeout = 0.0
    _write_timeout: float | None = None
    _has_write_lock = False
    _only_reads = False

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
        self._statement_began = time.monotonic()  # Django opens a cursor for each statement.
        return super().create_cursor(name)

    def _is_overdue(self) -> bool:
        return time.monotonic() - self._statement_began > self._statement_timeout

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Give statements that count rows less time."""
        self._statement_timeout = COUNT_TIMEOUT
        try:
            yield
        finally:
            self._statement_timeout = STATEMENT_TIMEOUT

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A transaction that only reads, and keeps no writer waiting."""
        self._only_reads = True
        try:
            with transaction.atomic(self.alias):
                self._only_reads = False
                yield
        finally:
            self._only_reads = False

    # --- the write queue --------------------------------------------------------------------------

    @contextmanager
    def write_timeout(self, seconds: float) -> Iterator[None]:
        """A transaction that begins inside it waits no longer than this to write, and then fails."""
        self.ensure_connection()
        before, self._write_timeout = self._busy_timeout, seconds
        try:
            yield
        finally:
            self._write_timeout = None
            if self.connection is not None:
                self._set_busy_timeout(before)  # Statements outside of transactions keep the last one.

    def _start_transaction_under_autocommit(self) -> None:
        if self._only_reads:
            self.cursor().execute("BEGIN DEFERRED")
            return
        began, timeout = time.monotonic(), self.settings_dict["OPTIONS"]["timeout"]
        timeout = timeout if self._write_timeout is None else self._write_timeout
        if not _write_lock.acquire(timeout=timeout):
            raise OperationalError("database is locked")
        self._has_write_lock = True
        try:
            self._set_busy_timeout(timeout - (time.monotonic() - began))
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # The stubs lack it.
        except BaseException:
            self._release_write_lock()
            raise

    def _set_busy_timeout(self, seconds: float) -> None:
        """Set how long a statement waits while another process has SQLite's lock."""
        if abs(seconds - self._busy_timeout) > 0.01:
            self.connection.execute(f"PRAGMA busy_timeout = {max(0, round(seconds * 1000))}")
            self._busy_timeout = seconds

    def commit(self) -> None:
        super().commit()
        self._release_write_lock()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._release_write_lock()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._release_write_lock()

    def _release_write_lock(self) -> None:
        if self._has_write_lock:
            self._has_write_lock = False
            _write_lock.release()
