"""GET and HEAD read from a replica and still see every write. PostgreSQL only; these tests start two servers."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from tests.postgresql import Cluster, following
from tests.replicated import Replicated, replicated
from tests.server import PASSWORD, Server

if connection.vendor == "sqlite":
    __test__ = False

POSTS = "/api/v1/posts"
COOLDOWN = 6  # Seconds after which a replica that failed is tried again.


@pytest.fixture(scope="module")
def databases() -> Iterator[Replicated]:
    with replicated() as both:
        yield both


@pytest.fixture(scope="module")
def server(databases: Replicated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    urls = {"DATABASE_URL": databases.primary.url, "DATABASE_REPLICA_URL": databases.replica.url}
    served = Server("", tmp_path_factory.mktemp("server"), urls)
    served.migrate()
    with served.running():
        yield served


@pytest.fixture(scope="module")
def author(server: Server) -> dict[str, str]:
    return signed_up(server)


def signed_up(server: Server) -> dict[str, str]:
    username = f"user-{uuid4().hex[:20]}"
    server.send("POST", "/api/v1/users", {"username": username, "email": f"{username}@a.org", "password": PASSWORD})
    login = server.send("POST", "/api/auth/app/v1/auth/login", {"username": username, "password": PASSWORD})
    return {"Authorization": f"Bearer {login.body['meta']['access_token']}"}


@contextmanager
def lagging(databases: Replicated) -> Iterator[None]:
    databases.on(databases.replica, "SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        databases.on(databases.replica, "SELECT pg_wal_replay_resume()")


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    main = (cluster.data / "postmaster.pid").read_text().split()[0]
    pids = [int(pid) for pid in (main, *Path(f"/proc/{main}/task/{main}/children").read_text().split())]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):  # A process whose connection was closed exits as soon as it continues.
                os.kill(pid, signal.SIGCONT)


def last_read(databases: Replicated, table: str) -> float:
    """When a connection of the API last read a table on the replica, if that was its last statement.

    On the replica, only a numbered page of posts ends with a COMMIT: that of the transaction with its timeouts.
    """
    sql = f"""
        SELECT extract(epoch FROM max(query_start)) FROM pg_stat_activity
        WHERE (query LIKE '%"{table}"%' OR query = 'COMMIT' AND '{table}' = 'posts_post') AND pid <> pg_backend_pid()
    """  # noqa: S608
    return float(databases.on(databases.replica, sql)[0][0] or 0)


def settled_read(databases: Replicated) -> float:
    """When posts were last read on the replica, once its last transaction has ended."""
    last = 0.0
    while (now := last_read(databases, "posts_post")) != last:
        last = now
        time.sleep(0.3)
    return last


def read_from_the_replica(server: Server, databases: Replicated, path: str, **headers: str) -> bool:
    """True if a request reads from the replica: at once, or after a cooldown."""
    before, deadline = last_read(databases, "posts_post"), time.monotonic() + 2 * COOLDOWN
    while time.monotonic() < deadline:
        assert server.send("GET", path, **headers).status == 200
        if last_read(databases, "posts_post") > before:
            return True
        time.sleep(0.1)
    return False


def created(server: Server, author: dict[str, str], title: str = "A title") -> str:
    post = server.send("POST", POSTS, {"title": title, "body": "Some words"}, **author)
    assert post.status == 201
    return str(post.headers["location"].partition("/api/")[2].join(("/api/", "")))


@pytest.mark.parametrize("path", ["", "/{id}", "?search=words", "?page=1"])
def test_a_get_reads_from_the_replica(server: Server, databases: Replicated, author: dict[str, str], path: str) -> None:
    post = created(server, author)
    requested = post if "{id}" in path else POSTS + path
    for headers in ({}, author):
        assert read_from_the_replica(server, databases, requested, **headers)


def test_the_caller_is_read_from_the_primary(server: Server, databases: Replicated, author: dict[str, str]) -> None:
    assert read_from_the_replica(server, databases, POSTS, **author)
    assert not last_read(databases, "users_session")


@pytest.mark.parametrize(
    ("method", "body"), [("PATCH", {"title": "New"}), ("PUT", {"title": "New", "body": "New"}), ("DELETE", None)]
)
def test_a_write_reads_nothing_from_the_replica(
    server: Server, databases: Replicated, author: dict[str, str], method: str, body: dict[str, str] | None
) -> None:
    """A write depends on what it reads, and only the primary is sure to have the current state."""
    posts = [created(server, author) for _ in range(3)]
    assert read_from_the_replica(server, databases, posts[0], **author)
    before = settled_read(databases)
    for post in posts:
        assert server.send(method, post, body, **author).status in {200, 204}
        time.sleep(0.1)  # Until the replica has replayed the write.

    assert last_read(databases, "posts_post") == before


def test_the_change_feed_reads_nothing_from_the_replica(
    server: Server, databases: Replicated, author: dict[str, str]
) -> None:
    """A replica does not know which transactions of the primary are open."""
    created(server, author)
    assert read_from_the_replica(server, databases, POSTS)
    before = settled_read(databases)
    for _number in range(3):
        assert server.send("GET", "/api/v1/changes?type=posts").body["results"]

    assert last_read(databases, "posts_post") == before
    assert not last_read(databases, "journal_entry")


def test_every_reader_gets_a_write_that_the_replica_lacks_from_the_primary(
    server: Server, databases: Replicated, author: dict[str, str]
) -> None:
    retained, gone = created(server, author), created(server, author)
    assert read_from_the_replica(server, databases, retained)
    tag = server.send("GET", retained).headers["etag"]
    with lagging(databases):
        new = created(server, author)
        changed = server.send("PATCH", retained, {"title": "Changed"}, **author)
        server.send("DELETE", gone, **author)
        for headers in ({}, author):
            assert server.send("GET", new, **headers).status == 200
            again = server.send("GET", retained, **headers, If_None_Match=tag)
            assert (again.status, again.headers["etag"]) == (200, changed.headers["etag"])
            assert server.send("GET", gone, **headers).status == 404


def test_each_of_many_writes_is_readable_immediately(
    server: Server, databases: Replicated, author: dict[str, str]
) -> None:
    post = created(server, author)
    for number in range(50):
        server.send("PATCH", post, {"title": f"Title {number}"}, **author)
        assert server.send("GET", post).body["title"] == f"Title {number}"
        assert server.send("GET", POSTS, **author).body["results"][0]["title"] == f"Title {number}"
    assert read_from_the_replica(server, databases, post)


def test_a_dead_replica_fails_no_request_and_is_read_from_again_once_it_is_back(
    server: Server, databases: Replicated, author: dict[str, str]
) -> None:
    assert read_from_the_replica(server, databases, POSTS)
    databases.replica.stop()
    try:
        assert {server.send("GET", POSTS).status for _ in range(20)} == {200}
    finally:
        databases.replica.start()
    assert read_from_the_replica(server, databases, POSTS)


def test_a_replica_that_does_not_accept_connections_delays_one_request_of_a_process(
    server: Server, author: dict[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/postgres"
        with Server("", server.directory, {**server.environment, "DATABASE_REPLICA_URL": url}).running() as beside:
            started = time.monotonic()
            assert {beside.send("GET", POSTS, **author).status for _ in range(40)} == {200}
            assert time.monotonic() - started < 7  # Each of two processes waits 2 seconds, once; not 40 times.


def test_a_replica_that_freezes_with_open_connections_delays_few_requests(
    server: Server, databases: Replicated
) -> None:
    assert read_from_the_replica(server, databases, POSTS)
    with frozen(databases.replica):
        started = time.monotonic()
        assert {server.send("GET", POSTS).status for _ in range(40)} == {200}
        assert time.monotonic() - started < 30  # Each of two processes waits 6 seconds for a response, once or twice.
    assert read_from_the_replica(server, databases, POSTS)


def test_a_replica_that_became_a_primary_is_not_read_from(tmp_path: Path) -> None:
    with replicated() as both:
        urls = {"DATABASE_URL": both.primary.url, "DATABASE_REPLICA_URL": both.replica.url}
        own = Server("", tmp_path, urls)
        own.migrate()
        with own.running():
            assert read_from_the_replica(own, both, POSTS)
            both.on(both.replica, "SELECT pg_promote()")
            both.on(both.replica, "DROP TABLE posts_post CASCADE")
            assert {own.send("GET", POSTS).status for _ in range(10)} == {200}
            time.sleep(COOLDOWN)
            assert {own.send("GET", POSTS).status for _ in range(10)} == {200}
            assert "replica_unavailable" not in (tmp_path / "log").read_text()


def test_a_replica_on_another_timeline_is_not_read_from(tmp_path: Path) -> None:
    """It follows the primary from before a failover, whose log may be longer than that of the new primary."""
    with replicated() as both, following(both.primary, "promoted") as promoted:
        Server("", tmp_path, {"DATABASE_URL": both.primary.url}).migrate()
        place = both.on(both.primary, "SELECT pg_current_wal_flush_lsn()")[0][0]
        assert _comes_true(both, promoted, f"SELECT pg_last_wal_replay_lsn() >= '{place}'")
        both.on(promoted, "SELECT pg_promote()")
        with Server(
            "", tmp_path, {"DATABASE_URL": promoted.url, "DATABASE_REPLICA_URL": both.replica.url}
        ).running() as own:
            author = signed_up(own)
            both.on(both.primary, "CREATE TABLE lost ()")
            place = both.on(both.primary, "SELECT pg_switch_wal()")[0][0]
            assert _comes_true(both, both.replica, f"SELECT pg_last_wal_replay_lsn() >= '{place}'")
            post = created(own, author)

            assert {own.send("GET", post, **headers).status for headers in ({}, author) for _ in range(10)} == {200}
            assert not last_read(both, "posts_post")


def _comes_true(databases: Replicated, cluster: Cluster, sql: str) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if databases.on(cluster, sql)[0][0]:
            return True
        time.sleep(0.1)
    return False
