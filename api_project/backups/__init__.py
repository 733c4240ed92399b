"""Backs up the database that the settings name, while the API runs, and restores it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import ModuleType

from django.core.management import CommandError
from django.db import DatabaseError, connection

from api_project.journal.generations import begin_generation
from api_project.journal.models import JournalState
from api_project.private_files import create_private

NAME = "api-{at:%Y%m%dT%H%M%SZ}"  # Sorts by time.


def write_backup(path: Path, *, at: datetime) -> Path:
    """Write a backup that only its owner can read, and give its path. In a directory, its name is made of the time.

    The file appears under its name once it is complete and verified. Raises CommandError.
    """
    engine = _engine()
    if path.is_dir():
        path = path / (NAME.format(at=at) + engine.SUFFIX)
    if path.exists():
        raise CommandError(f"{path} exists already, and a backup never overwrites a file. Give another name.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    create_private(part)
    try:
        with _errors_in_one_line():
            engine.dump(part)
            engine.verify(part)
            _flush(part)
            path.hardlink_to(part)  # Unlike renaming, this fails if another file has the name by now.
            _flush(path.parent)
    finally:
        with suppress(OSError):
            part.unlink()
    return path


def discard_old(directory: Path, *, keep: int) -> list[Path]:
    """Delete all but the newest backups whose names are made of the time, and give the paths of those deleted."""
    old = sorted(directory.glob(f"api-*T*Z{_engine().SUFFIX}"))[:-keep]
    for path in old:
        path.unlink()
    return old


def restore_backup(path: Path, *, replace: bool) -> None:
    """Restore a backup into the database. `replace` the tables that it has, if it has any. Raises CommandError.

    Clients of the change feed may hold what the backup lacks. They have to start again.
    """
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    engine = _engine()
    with _errors_in_one_line():
        engine.verify(path)
        if engine.has_tables() and not replace:
            raise CommandError("The database has tables already. Use an empty one, or add --replace to replace them.")
        engine.restore(path)
        if JournalState._meta.db_table in connection.introspection.table_names():  # Older backups have no journal.
            begin_generation()


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, OSError) as error:
        raise CommandError(" ".join(str(error).split())) from error


def _engine() -> ModuleType:
    from api_project.backups import postgresql, sqlite

    return sqlite if connection.vendor == "sqlite" else postgresql


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
