"""A PostgreSQL and its replica, each a server of its own, for a test; streaming, not synchronous."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.postgresql import SETTINGS, Cluster, reachable_package

# Both keep what they were told: a place in the log is reached when it is flushed.
_SETTINGS = {**SETTINGS, "synchronous_commit": "on", "max_wal_senders": "5"}


@dataclass(frozen=True)
class Replicated:
    primary: Cluster
    replica: Cluster

    def on(self, cluster: Cluster, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(
            host=str(cluster.directory), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def restart_replica(self) -> None:
        self.replica.start(_SETTINGS)


@contextmanager
def replicated() -> Iterator[Replicated]:
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        directory = Path(name)
        programs = reachable_package(directory)
        primary, replica = (Cluster(programs, directory / each) for each in ("primary", "replica"))
        primary.initialise()
        try:
            primary.start(_SETTINGS)
            replica.follow(primary)
            replica.start(_SETTINGS)
            yield Replicated(primary, replica)
        finally:
            replica.stop()
            primary.stop()
