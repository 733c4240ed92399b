"""A Redis for tests: the one that TEST_REDIS_URL names, or a new one."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from tests.programs import need


@contextmanager
def a_redis() -> Iterator[str]:
    """The URL of a Redis. The test is skipped if the program is not installed."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url
        return
    program = need("redis-server", "valkey-server")
    with tempfile.TemporaryDirectory(prefix="redis-") as directory:
        yield from _serve(program, Path(directory) / "socket")


def _serve(program: str, socket: Path) -> Iterator[str]:
    options = ("--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no")
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, cwd=socket.parent) as server:
        url = f"unix://{socket}"
        try:
            _wait_for(url)
            yield url
        finally:
            server.terminate()


def _wait_for(url: str) -> None:
    for _ in range(100):
        with suppress(redis.ConnectionError):
            redis.Redis.from_url(url).ping()
            return
        time.sleep(0.05)
    raise TimeoutError(url)
