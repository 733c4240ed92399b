"""SQLite, with an end to what a statement may take."""

import sqlite3
import time
from typing import Any

from django.db.backends.sqlite3 import base

from api_project.engines import STATEMENT

STEPS = 100_000  # Of SQLite's virtual machine, a few milliseconds' worth.


class DatabaseWrapper(base.DatabaseWrapper):
    """With the option `limited`, statements that take too long fail with OperationalError."""

    _begun = 0.0

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        self._is_limited = params.pop("limited", False)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        if self._is_limited:
            connection.set_progress_handler(self._is_overdue, STEPS)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        self._begun = time.monotonic()  # Each statement of Django has a cursor of its own.
        return super().create_cursor(name)

    def _is_overdue(self) -> bool:
        return time.monotonic() - self._begun > STATEMENT
