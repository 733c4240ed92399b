"""Runs the commands of docs/backups.md on backups, while writes go on, and compares the result row by row."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import processes
from tests.environment import EXAMPLE
from tests.postgresql import PROGRAMS
from tests.server import Response, Server

ROOT = EXAMPLE.parent
BACKUPS = (ROOT / "docs" / "backups.md").read_text().partition("\n## Backups\n")[2].partition("\n## ")[0]
DEPLOYING = (ROOT / "docs" / "deploying.md").read_text()
POSTS = "/api/v1/posts"
TAGS = "(SELECT count(*) FROM posts_posttag WHERE post_id = posts_post.id)"
RESTORED = "api_restored"  # The name of the new database on the page.
PASSWORD = "a password of PostgreSQL's"
ROLE = "api:a%20password%20of%20PostgreSQL%27s"
SUDO = """#!/bin/sh
# What the page has the administrator of PostgreSQL do.
[ "$1 $2" = "-u postgres" ] && shift 2 && PGUSER=postgres exec "$@"
"""

RUN = re.findall(r"```sh\n(.*?)```", BACKUPS, re.DOTALL)
BACKUP, RESTORE, REPLACE, EXPIRE, NEW_DATABASE = RUN
(CREATE,) = re.findall(r"```sh\n(sudo -u postgres createuser.*?)```", DEPLOYING, re.DOTALL)
is_postgresql = connection.vendor == "postgresql"


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A stopped server with some posts, in a database that was created by the commands and users of the pages."""
    directory = tmp_path_factory.mktemp("site")
    (directory / "var").mkdir()
    server = Server(str(directory / "var" / "db.sqlite3"), directory / "var")
    if is_postgresql:
        server = Server("api", directory / "var", options="pool_mode=transaction", postgresql_url=_postgresql_url(ROLE))
        run(CREATE, server, directory, stdin=f"{PASSWORD}\n{PASSWORD}\n")
    try:
        server.migrate()
        server.manage("demo", "--posts", "100", "--users", "20")
        yield server
    finally:
        if is_postgresql:
            drops = (f"dropdb --force --if-exists {name}" for name in ("api", RESTORED))
            run("; ".join(f"sudo -u postgres {each}" for each in (*drops, "dropuser api")), server, directory)


@pytest.fixture
def directory(site: Server) -> Iterator[Path]:
    """The directory where the commands run; it has no backups yet."""
    directory = site.directory.parent
    yield directory
    shutil.rmtree(site.directory / "backups", ignore_errors=True)
    (directory / "named").unlink(missing_ok=True)


@pytest.fixture
def server(site: Server) -> Iterator[Server]:
    """The site while it serves."""
    with site.running():
        yield site


def test_a_backup_while_writes_go_on_is_restored_with_every_row(server: Server, directory: Path) -> None:
    writer = server.signed_up()
    post = server.send("POST", POSTS, {"title": "Quokkas before", "body": "Any"}, **writer).body
    before = rows(server)
    with writing(server, writer) as acknowledged:
        first = server.send("GET", f"{POSTS}/{acknowledged[0]}")
        run(BACKUP, server, directory)
    after = rows(server)
    with restored(server, directory) as copy:
        found = rows(copy)
        for table in before:
            assert before[table] <= found[table] <= after[table], table
        assert len(before["posts_post"]) < len(found["posts_post"]) <= len(after["posts_post"])
        assert (
            copy.count("posts_post", f"title = 'Meanwhile' AND {TAGS} <> 2") == 0
        )  # A transaction is restored as a whole, or not at all.
        with copy.running():
            again = copy.send("GET", f"{POSTS}/{acknowledged[0]}")
            assert (again.body, again.headers["etag"]) == (first.body, first.headers["etag"])
            assert copy.send("GET", f"{POSTS}?search=quokkas&fields=id").body["results"] == [{"id": post["id"]}]
            assert copy.send("POST", POSTS, {"title": "After", "body": "Any"}, **writer).status == 201


@contextmanager
def writing(server: Server, writer: dict[str, str]) -> Iterator[list[str]]:
    """Create posts one after another, from before the block until after it.

    Yields the ids of those that are acknowledged.
    """
    acknowledged: list[str] = []
    stopped, begun = threading.Event(), threading.Event()

    def write() -> None:
        while not stopped.wait(0.02):
            body = {"title": "Meanwhile", "body": "Any", "tags": ["one", "two"]}
            response: Response = server.send("POST", POSTS, body, **writer)
            assert response.status == 201
            acknowledged.append(response.body["id"])
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
    """The digest of each row of each table, except the tables in which SQLite stores an index.

    A restore changes the journal's state, so that all cursors expire.
    """
    tables = {
        "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'posts_search*_*'"
        " AND name NOT IN ('posts_search', 'sqlite_sequence', 'journal_journalstate')",
        "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename <> 'journal_journalstate'",
    }[connection.vendor]
    with server.connect() as database:
        names = [name for (name,) in database.execute(tables).fetchall()]
        assert {"posts_post", "users_user", "posts_searchdocument"} <= set(names)
        return {name: {digest(row) for row in database.execute(f"SELECT * FROM {name}").fetchall()} for name in names}  # noqa: S608


def digest(row: Any) -> bytes:
    return hashlib.sha256(repr(tuple(row)).encode()).digest()


def test_a_restore_in_place_undoes_later_writes(server: Server, directory: Path) -> None:
    writer = server.signed_up()
    run(BACKUP, server, directory)
    before = rows(server)
    assert server.send("POST", POSTS, {"title": "After", "body": "Any"}, **writer).status == 201
    server.stop()

    with pytest.raises(subprocess.CalledProcessError) as refused:
        run(RESTORE, server, directory)
    assert "has tables already" in refused.value.stderr
    assert rows(server) != before
    run(REPLACE, server, directory)
    run(EXPIRE, server, directory)
    assert rows(server) == before
    with server.running():
        assert server.send("GET", "/readyz").status == 200
        assert server.send("POST", POSTS, {"title": "Again", "body": "Any"}, **writer).status == 201


def test_each_backup_is_a_new_file_that_only_its_owner_can_read(site: Server, directory: Path) -> None:
    run(f"{BACKUP}sleep 1\n{BACKUP}", site, directory)
    site.manage("backup", str(directory / "named"))
    with pytest.raises(subprocess.CalledProcessError) as refused:
        site.manage("backup", str(directory / "named"))
    assert "named exists already" in refused.value.stderr

    found = [*(directory / "var" / "backups").iterdir(), directory / "named"]
    assert len(found) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}

    time.sleep(1)
    site.manage("backup", "--keep", "2", str(directory / "var" / "backups"))
    assert len(list((directory / "var" / "backups").iterdir())) == 2


def test_a_damaged_backup_is_refused_before_anything_is_changed(site: Server, directory: Path) -> None:
    site.manage("backup", str(directory / "named"))
    before = rows(site)
    content = (directory / "named").read_bytes()
    for damaged in (b"", b"nothing of the kind", content[: len(content) // 2]):
        (directory / "named").write_bytes(damaged)
        with pytest.raises(subprocess.CalledProcessError) as refused:
            site.manage("restore", "--replace", str(directory / "named"))
        assert "CommandError: " in refused.value.stderr
        assert rows(site) == before


def test_a_failed_backup_leaves_no_file_behind(site: Server, directory: Path) -> None:
    unreachable = f"sqlite:///{directory}/none.sqlite3"
    if is_postgresql:
        unreachable = site.variables["DATABASE_URL"].replace("/api?", "/none?")
    before = set(directory.iterdir())
    with pytest.raises(subprocess.CalledProcessError) as failed:
        site.manage("backup", str(directory / "named"), DATABASE_URL=unreachable)
    assert len(failed.value.stderr.splitlines()) == 1
    assert set(directory.iterdir()) == before


def test_a_backup_without_the_programs_of_postgresql_says_in_one_line_what_to_install(
    site: Server, directory: Path
) -> None:
    (directory / "empty").mkdir()
    environment = {**site.variables, "PATH": str(directory / "empty")}
    ran = processes.run("manage.py", "backup", str(directory / "named"), environment=environment)
    is_installed = not is_postgresql or any(Path("/usr/lib/postgresql").glob("1[89]/bin/pg_dump"))
    assert (directory / "named").exists() == is_installed
    if not is_installed:
        (line,) = ran.stderr.splitlines()
        assert "install postgresql-client-" in line


def run(block: str, server: Server, directory: Path, stdin: str = "") -> None:
    """Run a block of the page, with the paths of this checkout and the environment of a deployment."""
    for name, place in {".venv": Path(sys.prefix), "manage.py": ROOT / "manage.py"}.items():
        if not (directory / name).exists():
            (directory / name).symlink_to(place)
    sudo = directory / "bin" / "sudo"
    sudo.parent.mkdir(exist_ok=True)
    sudo.write_text(SUDO)
    sudo.chmod(0o755)
    path = os.pathsep.join([str(sudo.parent), str(PROGRAMS), os.environ["PATH"]])
    variables = {**server.variables, **libpq(), "PATH": path}
    subprocess.run(
        ["bash", "-euc", block],  # noqa: S607
        cwd=directory,
        env=variables,
        input=stdin,
        text=True,
        check=True,
        capture_output=True,
        start_new_session=True,  # The command has no terminal on which to ask for a password.
    )


def libpq() -> dict[str, str]:
    """Variables by which PostgreSQL's programs find the server of the test run."""
    if not is_postgresql:
        return {}
    given = connection.settings_dict
    return {"PGHOST": given["HOST"], "PGPORT": str(given["PORT"] or 5432), "PGPASSWORD": given["PASSWORD"]}


def _postgresql_url(user: str) -> str:
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"] or 5432
    return f"postgresql://{user}@/{host}" if host.startswith("/") else f"postgresql://{user}@{host}:{port}"


@contextmanager
def restored(server: Server, directory: Path) -> Iterator[Server]:
    copy = Server(RESTORED, directory / "var", postgresql_url=_postgresql_url(ROLE) if is_postgresql else "")
    if is_postgresql:
        run(NEW_DATABASE, server, directory)
    else:
        elsewhere = directory / "elsewhere" / "var"
        shutil.copytree(directory / "var" / "backups", elsewhere / "backups")
        directory, copy = elsewhere.parent, Server(str(elsewhere / "db.sqlite3"), elsewhere)
    run(RESTORE, copy, directory)
    yield copy
