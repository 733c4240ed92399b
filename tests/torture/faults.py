"""The faults that campaigns inject into a server and its database."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.postgresql import Cluster
from tests.server import Server


def kill_worker(server: Server) -> None:
    os.kill(random.choice(server.workers), signal.SIGKILL)  # noqa: S311 (any will do)


def kill_backend(cluster: Cluster) -> None:
    """Kill a backend that serves a client.

    PostgreSQL then ends all others and recovers as after a crash; this waits for it.
    """
    with suppress(psycopg.OperationalError), to(cluster) as database:
        (pid,) = database.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            " ORDER BY state = 'active' DESC, random() LIMIT 1"
        ).fetchone() or (None,)
        assert pid
        os.kill(pid, signal.SIGKILL)
        while True:  # PostgreSQL ends this connection, too.
            database.execute("SELECT 1")
    while True:
        with suppress(psycopg.OperationalError), to(cluster):
            return
        time.sleep(0.01)


def to(cluster: Cluster) -> "psycopg.Connection[Any]":
    return psycopg.connect(host=str(cluster.directory), user="postgres", autocommit=True)


@contextmanager
def small_disk(*, mebibytes: int) -> Iterator[Path | None]:
    """A file system of that size, which any system user may use; None if mounting is not permitted."""
    with tempfile.TemporaryDirectory(prefix="disk-") as path:
        options = f"size={mebibytes}m,mode=1777"
        mount = ["mount", "-t", "tmpfs", "-o", options, "none", path]
        if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
            yield None
            return
        try:
            yield Path(path)
        finally:
            subprocess.run(["umount", "--lazy", path], check=True)  # noqa: S607


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Fill the file system, except for the space that other programs free during the test."""
    ballast = disk / "ballast"
    try:
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while shutil.disk_usage(disk).free:
                file.write(bytes(min(2**20, shutil.disk_usage(disk).free)))
        yield
    finally:
        ballast.unlink()
