"""Counters in a SQLite file, for the processes of one machine."""

import math
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path

from api_project.http.throttling.counters import CountersUnavailable
from api_project.private_files import create_private

PRUNED_EVERY = 600  # Seconds.


_CREATE = "CREATE TABLE IF NOT EXISTS counter (key TEXT PRIMARY KEY, ends REAL, count INTEGER) WITHOUT ROWID"


_COUNT = """
    INSERT INTO counter (key, ends, count) VALUES (:key, :now + :window, 1)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN ends > :now THEN count + 1 ELSE 1 END,
        ends = CASE WHEN ends > :now THEN min(ends, excluded.ends) ELSE excluded.ends END
    RETURNING count, ends - :now
"""


class _Connection(sqlite3.Connection):
    """Closes itself when its thread ends, and when the counters are dropped."""

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # If the file could not be opened, there is nothing to close.
            self.close()


class SQLiteCounters:
    """Counters in a SQLite file of their own, which every process of this machine shares.

    They are not in the database, so that counting a read costs no durable write, and a write that is rolled back
    stays counted.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._pruned_at = 0.0

    def increment(self, key: str, *, window: int) -> tuple[int, int]:
        now = time.time()
        try:
            if now - self._pruned_at > PRUNED_EVERY:
                self._pruned_at = now
                self.prune()
            ((count, left),) = self._execute(_COUNT, {"key": key, "now": now, "window": window}).fetchall()
        except sqlite3.Error as error:
            raise CountersUnavailable from error
        return count, math.ceil(left)

    def prune(self) -> int:
        return self._execute("DELETE FROM counter WHERE ends <= :now", {"now": time.time()}).rowcount

    def _execute(self, statement: str, values: dict[str, object]) -> sqlite3.Cursor:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect()
        connection: sqlite3.Connection = self._local.connection
        return connection.execute(statement, values)

    def _connect(self) -> sqlite3.Connection:
        create_private(self._path)
        # One thread uses each connection, but the thread that drops the counters closes all of them.
        connection = sqlite3.connect(
            self._path, timeout=5, isolation_level=None, check_same_thread=False, factory=_Connection
        )
        _switch_to_wal(connection)
        connection.execute("PRAGMA synchronous=NORMAL")  # No counter is worth waiting for the disk.
        connection.execute(_CREATE)
        return connection


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Retry while others switch the same new file: SQLite lets one do so, and the others fail instead of waiting."""
    for _ in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.05)
        else:
            return
