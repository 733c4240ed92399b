"""Counters in Redis, for processes on any number of machines."""

import math
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from api_project.http.throttling.counters import CountersUnavailable

REDIS_TIMEOUT = 0.5  # Seconds. A request that would wait longer is served without being counted.
ERROR_COOLDOWN = 1  # Seconds without another try after a timeout, so that not every request waits for one.

_COUNT = """
    local count = redis.call('INCR', KEYS[1])
    local left, window = redis.call('PTTL', KEYS[1]), ARGV[1] * 1000
    -- Negative for a new key; too large after Redis' clock was set back.
    if left < 0 or left > window then
        redis.call('PEXPIRE', KEYS[1], window)
        left = window
    end
    return {count, left}
"""


class RedisCounters:
    """Counters as keys that Redis deletes when their windows end."""

    def __init__(self, url: str) -> None:
        # One immediate retry, for a connection that a restart of Redis has closed.
        again = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        client = redis.Redis.from_url(
            url, socket_timeout=REDIS_TIMEOUT, socket_connect_timeout=REDIS_TIMEOUT, retry=again
        )
        self._count = client.register_script(_COUNT)
        self._cooldown_until = 0.0

    def increment(self, key: str, *, window: int) -> tuple[int, int]:
        if time.monotonic() < self._cooldown_until:
            raise CountersUnavailable("timed out a moment ago")
        try:
            count, milliseconds = self._count(keys=[f"counter:{key}"], args=[window])
        except redis.RedisError as error:
            if isinstance(error, redis.TimeoutError):
                self._cooldown_until = time.monotonic() + ERROR_COOLDOWN
            raise CountersUnavailable from error
        return count, math.ceil(milliseconds / 1000)

    def prune(self) -> int:
        return 0
