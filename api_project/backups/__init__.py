"""Backups of the database that the settings name, written while the API runs, and read back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import ModuleType

from django.core.management import CommandError
from django.db import DatabaseError, connection

from api_project.private_files import create_private

NAME = "api-{at:%Y%m%dT%H%M%SZ}"  # Sorts by time.


def write_backup(path: Path, *, at: datetime) -> Path:
    """Write a backup, for the owner's eyes only, and give its path: a name made of the time if `path` is a directory.

    The file appears under its name when it is complete and was read back. Raises CommandError.
    """
    engine = _engine()
    if path.is_dir():
        path = path / (NAME.format(at=at) + engine.SUFFIX)
    if path.exists():
        raise CommandError(f"{path} is there already. A backup never overwrites a file: give another name.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    create_private(part)
    try:
        with _in_one_line():
            engine.dump(part)
            engine.verify(part)
            _flush(part)
            path.hardlink_to(part)  # Unlike a renaming, this fails if another file has the name by now.
            _flush(path.parent)
    finally:
        with suppress(OSError):
            part.unlink()
    return path


def discard_old(directory: Path, *, keep: int) -> list[Path]:
    """Delete all but the newest backups with names of their own making, and give what was deleted."""
    old = sorted(directory.glob(f"api-*T*Z{_engine().SUFFIX}"))[:-keep]
    for path in old:
        path.unlink()
    return old


def restore_backup(path: Path, *, replace: bool) -> None:
    """Fill the database from a backup; one with tables only to `replace` them. Raises CommandError."""
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    engine = _engine()
    with _in_one_line():
        engine.verify(path)
        if engine.has_tables() and not replace:
            raise CommandError("The database has tables already: restore into an empty one, or --replace them.")
        engine.restore(path)


@contextmanager
def _in_one_line() -> Iterator[None]:
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
