"""Counting that is exact under parallel requests and across processes."""

import sqlite3
import threading
import time
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.cache import cache as shared_cache


class CountersUnavailable(Exception):
    """The store of the counters is away."""


class Counters(Protocol):
    def increment(self, key: str, *, window: int) -> tuple[int, int]:
        """Count one event. Gives the count within the running window, and the seconds until that window ends."""


class RedisCounters:
    """In the shared cache: `add` begins a window, `incr` counts, and both are atomic in Redis."""

    def increment(self, key: str, *, window: int) -> tuple[int, int]:
        now = int(time.time())
        slot = f"counter:{key}:{now // window}"
        try:
            shared_cache.add(slot, 0, timeout=window + 1)
            return int(shared_cache.incr(slot)), window - now % window
        except ValueError:  # The slot expired between the two commands: its window is over.
            return self.increment(key, window=window)
        except Exception as error:
            raise CountersUnavailable from error


class EmbeddedCounters:
    """In a SQLite file of their own, which every process of this machine shares.

    Apart from the database, so that counting a read costs no durable write and a rolled-back write stays counted.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def increment(self, key: str, *, window: int) -> tuple[int, int]:
        now = int(time.time())
        start = now - now % window
        try:
            row = self._connection().execute(
                "INSERT INTO counter (key, start, ends, count) VALUES (?, ?, ?, 1)"
                " ON CONFLICT (key) DO UPDATE SET count = CASE start WHEN excluded.start THEN count + 1 ELSE 1 END,"
                " start = excluded.start, ends = excluded.ends RETURNING count",
                (key, start, start + window),
            )
            ((count,),) = row.fetchall()
        except sqlite3.Error as error:
            raise CountersUnavailable from error
        return count, start + window - now

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=5, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS counter"
                " (key TEXT PRIMARY KEY, start INTEGER, ends INTEGER, count INTEGER) WITHOUT ROWID"
            )
            connection.execute("DELETE FROM counter WHERE ends < ?", (int(time.time()),))
            self._local.connection = connection
        return connection


@cache
def counters() -> Counters:
    """The counters of this deployment: in Redis where CACHE_URL names one."""
    return RedisCounters() if settings.CACHE_URL else EmbeddedCounters(Path(settings.COUNTERS_PATH))
