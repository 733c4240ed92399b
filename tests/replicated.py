"""A PostgreSQL and its replica, two servers of a test; replication is asynchronous."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.postgresql import SETTINGS, Cluster, following, temporary_cluster


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


@contextmanager
def replicated() -> Iterator[Replicated]:
    # The replica reaches a log position only once it is flushed, and a commit waits for that.
    with temporary_cluster({**SETTINGS, "synchronous_commit": "on"}) as primary, following(primary) as replica:
        yield Replicated(primary, replica)
