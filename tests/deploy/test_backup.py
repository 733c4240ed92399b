"""What docs/operating.md says of backups, run as it stands there while writes go on, and compared row by row."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.environment import EXAMPLE
from tests.postgresql import PACKAGE
from tests.server import Answer, Server, serving

ROOT = EXAMPLE.parent
SECTION = (ROOT / "docs" / "operating.md").read_text().partition("\n## Backups\n")[2].partition("\n## ")[0]
POSTS = "/api/v1/posts"
TAGS = "(SELECT count(*) FROM posts_posttag WHERE post_id = posts_post.id)"
RESTORED = "api_restored"  # As the page calls the new database.


def commands(engine: str) -> list[str]:
    """The blocks of the engine's part: how to back up, and how to restore."""
    part = SECTION.partition(f"\n### {engine}\n")[2].partition("\n### ")[0]
    return re.findall(r"```sh\n(.*?)```", part, re.DOTALL)


@pytest.fixture
def server(django_db_setup: None, tmp_path: Path) -> Iterator[Server]:
    directory = tmp_path / "var"
    directory.mkdir()
    with serving(directory) as server:
        demo = [sys.executable, "manage.py", "demo", "--posts", "300", "--users", "40"]
        subprocess.run(demo, cwd=ROOT, env=server.variables, check=True, stdout=subprocess.DEVNULL)
        yield server


def test_a_backup_while_writes_go_on_is_restored_with_every_row(server: Server, tmp_path: Path) -> None:
    backup, restore = commands({"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor])
    writer = server.signed_up()
    post = server.send("POST", POSTS, {"title": "Quokkas before", "body": "Any"}, **writer).body
    before = rows(server)
    with writing(server, writer) as acknowledged:
        first = server.send("GET", f"{POSTS}/{acknowledged[0]}")
        run(backup, server, tmp_path)
    after = rows(server)
    with restored(server, restore, tmp_path) as copy:
        found = rows(copy)
        for table in before:
            assert before[table] <= found[table] <= after[table], table
        assert len(before["posts_post"]) < len(found["posts_post"]) <= len(after["posts_post"])
        assert copy.count("posts_post", f"title = 'Meanwhile' AND {TAGS} <> 2") == 0  # All of a transaction or nothing.
        with copy.running():
            again = copy.send("GET", f"{POSTS}/{acknowledged[0]}")
            assert (again.body, again.headers["etag"]) == (first.body, first.headers["etag"])
            assert copy.send("GET", f"{POSTS}?search=quokkas&fields=id").body["results"] == [{"id": post["id"]}]
            assert copy.send("POST", POSTS, {"title": "After", "body": "Any"}, **writer).status == 201


@contextmanager
def writing(server: Server, writer: dict[str, str]) -> Iterator[list[str]]:
    """Posts are created one after another, from before the block until after it; the ids of those that are done."""
    acknowledged: list[str] = []
    stopped, begun = threading.Event(), threading.Event()

    def write() -> None:
        while not stopped.is_set():
            body = {"title": "Meanwhile", "body": "Any", "tags": ["one", "two"]}
            answer: Answer = server.send("POST", POSTS, body, **writer)
            assert answer.status == 201
            acknowledged.append(answer.body["id"])
            begun.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert begun.wait(timeout=60)
        yield acknowledged
    finally:
        stopped.set()
        thread.join()


def rows(server: Server) -> dict[str, set[bytes]]:
    """The digest of each row of each table, those apart that SQLite keeps an index in."""
    tables = {
        "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'posts_search*_*'"
        " AND name NOT IN ('posts_search', 'sqlite_sequence')",
        "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    }[connection.vendor]
    with server.connect() as database:
        names = [name for (name,) in database.execute(tables).fetchall()]
        assert {"posts_post", "users_user", "posts_searchdocument"} <= set(names)
        return {name: {digest(row) for row in database.execute(f"SELECT * FROM {name}").fetchall()} for name in names}  # noqa: S608


def digest(row: Any) -> bytes:
    return hashlib.sha256(repr(tuple(row)).encode()).digest()


def run(block: str, server: Server, directory: Path, **environment: str) -> None:
    """A block of the page, in a checkout's place with a deployment's environment."""
    for name, place in {".venv": Path(sys.prefix), "manage.py": ROOT / "manage.py"}.items():
        if not (directory / name).exists():
            (directory / name).symlink_to(place)
    path = f"{PACKAGE / 'pginstall18' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = {**server.variables, **libpq(server), "PATH": path, **environment}
    subprocess.run(["bash", "-euc", block], cwd=directory, env=variables, check=True, stdout=subprocess.DEVNULL)  # noqa: S607


def libpq(server: Server) -> dict[str, str]:
    """Where PostgreSQL's programs find the test run's."""
    if connection.vendor == "sqlite":
        return {}
    with server.connect() as database:
        info = database.info
        place = {"PGHOST": info.host, "PGPORT": str(info.port), "PGUSER": info.user, "PGPASSWORD": info.password}
        return {**place, "DATABASE_URL": f"postgresql:///{server.name}"}


@contextmanager
def restored(server: Server, block: str, directory: Path) -> Iterator[Server]:
    if connection.vendor == "sqlite":
        elsewhere = directory / "elsewhere"
        (elsewhere / "var").mkdir(parents=True)
        shutil.copy(directory / "backup.sqlite3", elsewhere)
        copy = Server(str(elsewhere / "var" / "db.sqlite3"), elsewhere / "var")
        run(block, copy, elsewhere)
        yield copy
        return
    run(block, server, directory)
    try:
        yield Server(RESTORED, directory)
    finally:
        run(f"dropdb --force {RESTORED}", server, directory)
