"""SQLite's files belong to the owner of the directory, and no other user can read them.

A file that the API cannot write to is reported.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from tests.client import Client
from tests.deploy.deploy_check import deploy_check
from tests.environment import EXAMPLE
from tests.logs import logged
from tests.server import serving

if connection.vendor != "sqlite":
    __test__ = False

OTHER_USER = 65534


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Run the test without the rights of root, who may write to every file."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(OTHER_USER)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def database_file(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that the settings name as the database."""
    with tempfile.TemporaryDirectory() as directory:  # Other users cannot enter pytest's own directories.
        Path(directory).chmod(0o755)
        path = Path(directory) / "db.sqlite3"
        path.touch(0o600)
        monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
        yield path


@pytest.mark.parametrize("name", ["db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm", ""])
def test_a_file_that_the_api_cannot_write_to_makes_it_unready_and_is_named_in_the_log(
    database_file: Path, name: str, api_client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    path = database_file.parent / name
    path.touch()
    for each in (database_file.parent, database_file, path):
        each.chmod(0o777)
    with as_ordinary_user():
        assert api_client.get("/readyz").status_code == 200
    path.chmod(0o555)
    logged(capfd)
    with as_ordinary_user():
        response = api_client.get("/readyz")

    assert (response.status_code, response.json()["checks"]["database"]) == (503, "read-only")
    (line,) = [line for line in logged(capfd) if line["event"] == "not_ready"]
    assert f"{path} belongs to" in line["reason"]
    assert "chown" in line["reason"]


def test_the_deploy_check_reports_a_file_that_is_not_writable(database_file: Path) -> None:
    assert "belongs to" not in deploy_check()
    database_file.chmod(0o444)
    with as_ordinary_user():
        assert f"{database_file} belongs to" in deploy_check()


def test_the_deploy_check_reports_a_world_readable_file(database_file: Path) -> None:
    assert "may read" not in deploy_check()
    database_file.chmod(0o644)
    assert f"Every user of this machine may read {database_file}" in deploy_check()


def test_the_deploy_check_creates_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "db.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
    deploy_check()
    assert not path.exists()


def test_only_the_owner_of_the_directory_reads_files_that_migrate_creates(tmp_path: Path) -> None:
    """Root runs the command as well: the file then belongs to the owner of the directory, not to root."""
    if os.geteuid() == 0:
        os.chown(tmp_path, OTHER_USER, OTHER_USER)
    path = tmp_path / "db.sqlite3"
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{path}"}
    command = ["sh", "-c", f"umask 022; exec {sys.executable} manage.py migrate -v0"]
    subprocess.run(command, cwd=EXAMPLE.parent, env=environment, check=True)

    assert path.stat().st_uid == tmp_path.stat().st_uid
    assert path.stat().st_mode & 0o777 == 0o600


def test_only_the_server_user_reads_files_that_the_server_creates(django_db_setup: None, tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        with serving(tmp_path, RATE_LIMIT_ANON="100/min") as server:
            server.signed_up()
            files = {path.name: path for path in tmp_path.iterdir() if "sqlite3" in path.name}
            assert {"db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm", "counters.sqlite3"} <= set(files)
            assert {name: path.stat().st_mode & 0o077 for name, path in files.items()} == dict.fromkeys(files, 0)
    finally:
        os.umask(old)
