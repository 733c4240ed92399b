"""Backups by SQLite's online backup API: a copy of one moment. It blocks no writer, and no writer blocks it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.core.management import CommandError
from django.db import connection, connections

from api_project.private_files import create_private

SUFFIX = ".sqlite3"


def dump(path: Path) -> None:
    with _opened(_database()) as source, _opened(path) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # One file, readable on a read-only file system.


def verify(path: Path) -> None:
    with _opened(path, "ro") as copy:
        (result,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        copy.execute("SELECT id FROM django_migrations LIMIT 1")
    if result != "ok":
        raise CommandError(f"{path} is damaged: {result}")


def has_tables() -> bool:
    if not _database().exists():
        return False
    with _opened(_database()) as database:
        return bool(database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone())


def restore(path: Path) -> None:
    """Restore in one transaction: a reader sees either the old database or the new one."""
    connections.close_all()
    create_private(_database())
    with _opened(path, "ro") as source, _opened(_database()) as database:
        source.backup(database)
    verify(_database())


def _database() -> Path:
    name = str(connection.settings_dict["NAME"])
    if ":memory:" in name or name.startswith("file:"):
        raise CommandError("DATABASE_URL names a database in memory, which cannot be backed up or restored.")
    return Path(name)


@contextmanager
def _opened(path: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    """A connection that fails if the file does not exist. Raises CommandError."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode={mode}", uri=True, timeout=60)) as opened:
            yield opened
    except sqlite3.Error as error:
        raise CommandError(f"{path} cannot be used: {error}") from error
