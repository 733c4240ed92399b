"""Counting that is exact under parallel requests and across processes.

A window begins with the first event that is counted in it, so that a burst never falls into two.
"""

import math
import sqlite3
import threading
import time
from functools import cache
from pathlib import Path
from typing import Protocol

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

PRUNED_EVERY = 600  # Seconds.
REDIS_TIMEOUT = 0.5  # Seconds. A request that waits longer for its count is better served uncounted.

_CREATE = "CREATE TABLE IF NOT EXISTS counter (key TEXT PRIMARY KEY, ends REAL, count INTEGER) WITHOUT ROWID"
_COUNT = """
    INSERT INTO counter (key, ends, count) VALUES (:key, :now + :window, 1)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN ends > :now THEN count + 1 ELSE 1 END,
        ends = CASE WHEN ends > :now THEN ends ELSE excluded.ends END
    RETURNING count, ends - :now
"""
_COUNT_IN_REDIS = """
    local count = redis.call('INCR', KEYS[1])
    if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
    return {count, redis.call('PTTL', KEYS[1])}
"""


class CountersUnavailable(Exception):
    """The store of the counters is away."""


class Counters(Protocol):
    def increment(self, key: str, *, window: int) -> tuple[int, int]:
        """Count one event. Gives the count within the running window, and the seconds until that window ends.

        Raises CountersUnavailable.
        """

    def prune(self) -> int:
        """Delete the counters whose windows are over. Gives how many."""


class RedisCounters:
    """In Redis, for processes on any number of machines. Redis deletes what has expired by itself."""

    def __init__(self, url: str) -> None:
        # Once more at once, for a connection that a restart of Redis has cut.
        again = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        client = redis.Redis.from_url(
            url, socket_timeout=REDIS_TIMEOUT, socket_connect_timeout=REDIS_TIMEOUT, retry=again
        )
        self._count = client.register_script(_COUNT_IN_REDIS)

    def increment(self, key: str, *, window: int) -> tuple[int, int]:
        try:
            count, milliseconds = self._count(keys=[f"counter:{key}"], args=[window])
        except redis.RedisError as error:
            raise CountersUnavailable from error
        return count, math.ceil(milliseconds / 1000)

    def prune(self) -> int:
        return 0


class EmbeddedCounters:
    """In a SQLite file of their own, which every process of this machine shares.

    Apart from the database, so that counting a read costs no durable write and a rolled-back write stays counted.
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
        connection = sqlite3.connect(self._path, timeout=5, isolation_level=None)
        _switch_to_wal(connection)
        connection.execute("PRAGMA synchronous=NORMAL")  # No counter is worth waiting for the disk.
        connection.execute(_CREATE)
        return connection


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Of all who switch a new file at once, SQLite lets one do it and the others fail instead of wait."""
    for _ in range(100):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.05)
        else:
            return


@cache
def counters() -> Counters:
    """The counters of this deployment: in Redis where CACHE_URL names one."""
    return RedisCounters(settings.CACHE_URL) if settings.CACHE_URL else EmbeddedCounters(Path(settings.COUNTERS_PATH))
