"""Files that only the user who runs the API may read, whoever creates them."""

import os
from contextlib import suppress
from pathlib import Path


def create_private(path: Path) -> None:
    """Create the file, empty, unless it is there: mode 0600, and the directory's owner's where root creates it.

    So what root migrates or restores, the API can write. SQLite gives its -wal and -shm files the mode and the owner of
    the database. Where the file cannot be created, whoever opens it next says why.
    """
    with suppress(OSError):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            give_to_owner_of(path.parent, descriptor)
        finally:
            os.close(descriptor)


def make_directory(path: Path) -> None:
    """Make the directory, unless it is there, for the owner of the one that it is in."""
    with suppress(FileExistsError):
        path.mkdir()
        give_to_owner_of(path.parent, path)


def give_to_owner_of(directory: Path, file: int | Path) -> None:
    """Where this process may: root, outside of a container that forbids it."""
    if os.geteuid() == 0:
        owner = directory.stat()
        with suppress(PermissionError):
            os.chown(file, owner.st_uid, owner.st_gid)
