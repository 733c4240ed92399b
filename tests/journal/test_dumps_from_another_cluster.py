"""Another cluster numbers its transactions from the beginning: entries of a restored dump may lie in its future."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connection

from tests.journal.copies import Copy, publish
from tests.postgresql import PROGRAMS, SETTINGS, Cluster, temporary_cluster
from tests.server import Server, serving

if connection.vendor == "sqlite":
    __test__ = False

PAST = 5000  # Transactions of the database that is dumped, more than a new cluster has had.


@contextmanager
def dumped(directory: Path) -> Iterator[tuple[Server, dict[str, str], str]]:
    """A server with a dump beside it, its author, and a cursor that is newer than some pruned entries."""
    with serving(directory) as server:
        author = server.signed_up()
        publish(server, "Pruned", author)
        with server.connect() as database:
            database.autocommit = True
            for _number in range(PAST):
                database.execute("SELECT pg_current_xact_id()")
            database.execute("UPDATE journal_entry SET at = at - interval '1 year'")
        publish(server, "Before", author)
        server.manage("prune")
        cursor = Copy(server).sync().cursor
        host = f"--host={connection.settings_dict['HOST']}"
        user = f"--username={connection.settings_dict['USER']}"
        run("pg_dump", "--format=custom", f"--file={directory / 'dump'}", host, user, server.name)
        yield server, author, cursor


@contextmanager
def restored(cluster: Cluster, dump: Path) -> Iterator[Server]:
    """A stopped server with the dump, restored by PostgreSQL's own program."""
    name = f"restored_{uuid4().hex}"
    with connected(cluster, "postgres") as database:
        database.execute(f"CREATE DATABASE {name}".encode())
    root = cluster.url.rpartition("/")[0]
    run("pg_restore", "--no-owner", f"--host={cluster.directory}", "--username=postgres", f"--dbname={name}", str(dump))
    server = Server(name, dump.parent, {"DATABASE_URL": f"{root}/{name}"})
    yield server
    server.stop()


def connected(cluster: Cluster, name: str) -> "psycopg.Connection[Any]":
    return psycopg.connect(host=str(cluster.directory), user="postgres", dbname=name, autocommit=True)


def run(program: str, *arguments: str) -> None:
    subprocess.run([PROGRAMS / program, *arguments], check=True, capture_output=True)


def test_the_feed_notices_entries_that_another_cluster_numbered(django_db_setup: None, tmp_path: Path) -> None:
    with (
        dumped(tmp_path) as (server, author, cursor),
        temporary_cluster(SETTINGS) as cluster,
        restored(cluster, tmp_path / "dump") as copy,
    ):
        copy.start()
        fresh = Copy(copy).sync()

        assert Copy(copy, cursor).code == "cursor_expired"
        assert fresh.held == Copy(server).sync().held
        publish(copy, "After", author)
        assert fresh.sync().titles == {"Pruned", "Before", "After"}


def test_the_command_ends_the_cursors_of_another_cluster_before_any_write(
    django_db_setup: None, tmp_path: Path
) -> None:
    """Without it, the writes may reach the numbers of the old entries before the feed is read."""
    with (
        dumped(tmp_path) as (_server, author, cursor),
        temporary_cluster(SETTINGS) as cluster,
        restored(cluster, tmp_path / "dump") as copy,
    ):
        copy.manage("expire_cursors")
        copy.start()
        publish(copy, "After", author)
        with connected(cluster, copy.name) as database:
            for _number in range(2 * PAST):
                database.execute("SELECT pg_current_xact_id()")
        publish(copy, "Later", author)
        fresh = Copy(copy).sync()

        assert Copy(copy, cursor).code == "cursor_expired"
        assert fresh.titles == {"Pruned", "Before", "After", "Later"}
        publish(copy, "Last", author)
        assert fresh.sync().titles == {"Pruned", "Before", "After", "Later", "Last"}
