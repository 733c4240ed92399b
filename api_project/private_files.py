"""Files that only the API's user may read, also if root creates them."""

import os
from contextlib import suppress
from pathlib import Path


def create_private(path: Path) -> None:
    """Create an empty file with mode 0600, unless it exists. If root creates it, the directory's owner gets it.

    So the API can write a database that root migrated or restored. SQLite gives its -wal and -shm files the mode and
    the owner of the database. If the file cannot be created, no error is raised: the next `open` says why.
    """
    with suppress(OSError):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            give_to_owner_of(path.parent, descriptor)
        finally:
            os.close(descriptor)


def make_directory(path: Path) -> None:
    """Create the directory, unless it exists. The parent directory's owner gets it."""
    with suppress(FileExistsError):
        path.mkdir()
        give_to_owner_of(path.parent, path)


def give_to_owner_of(directory: Path, file: int | Path) -> None:
    """Change the owner if this process may: as root, and not in a container that forbids it."""
    if os.geteuid() == 0:
        owner = directory.stat()
        with suppress(PermissionError):
            os.chown(file, owner.st_uid, owner.st_gid)
