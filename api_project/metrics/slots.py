"""Numbered slots. Each is a file in which one process counts, and which outlives it.

A process takes the lowest slot that no living process has, and counts on in its file. So there are as many files as
there ever were processes at once. When a process is replaced, no count is lost, and no sum over all slots goes back.

A file is a table of rows. A row is a key of text, padded with zeros, and the values that belong to it.
"""

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Self

from api_project.private_files import make_directory

ROWS, SPARE_ROWS = 1250, 250
ROWS_BEYOND_ERRORS = 400  # For what no anonymous client can cause at will: its errors, as 4xx, take no more rows then.
KEY_BYTES, VALUES_PER_ROW = 128, 16
STATE = "~"  # Begins the keys of what is true of a living process only, such as its requests in progress.
# The key of the first row, whose value is the process id. Change it with the meaning of values: a file with another one
# is emptied.
_LAYOUT = b"layout 1"
_ROW_BYTES = KEY_BYTES + 8 * VALUES_PER_ROW
_ROW_ITEMS, _KEY_ITEMS = _ROW_BYTES // 8, KEY_BYTES // 8
FILE_BYTES = ROWS * _ROW_BYTES


class Slot:
    """The table of this process. Hold `lock` while you change it."""

    def __init__(self, table: mmap.mmap) -> None:
        self.lock = Lock()
        self._bytes = memoryview(table)
        self.values = self._bytes.cast("d")  # Of eight bytes each, which processes write and read at once.
        if bytes(self._bytes[: len(_LAYOUT) + 1]) != _LAYOUT + b"\0":
            self._bytes[:] = bytes(FILE_BYTES)
        self._rows = {key: row for row, key in enumerate(_keys(self._bytes))}
        for key in self._rows:
            if key.startswith(STATE.encode()):
                self.values[self.row(key.decode())] = 0
        self.values[self.row(_LAYOUT.decode())] = os.getpid()

    @classmethod
    def take(cls, directory: Path) -> Self:
        """Take a slot until this process ends, however it ends. Raises OSError if its file cannot be written."""
        make_directory(directory)
        with _alone(directory):
            for number in count():
                # The kernel releases the lock when the process ends. Nothing closes the descriptor before.
                file = os.open(directory / f"{number}.slot", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                if _lock(file):
                    return cls(_prepared(file))
                os.close(file)
        raise AssertionError  # `count` is endless.

    @classmethod
    def unshared(cls) -> Self:
        """A table in the memory of this process, which no other process reads."""
        return cls(mmap.mmap(-1, FILE_BYTES))

    def has_room(self, reserved: int = 0) -> bool:
        """False if only spare rows are left, and as many as are reserved."""
        return len(self._rows) < ROWS - SPARE_ROWS - reserved

    def row(self, key: str) -> int:
        """The index in `values` of the first value of this key's row. If no row is free, nobody reads what is there."""
        encoded = key.encode()
        row = self._rows.get(encoded)
        if row is None:
            row = self._add(encoded)
        return row * _ROW_ITEMS + _KEY_ITEMS

    def _add(self, key: bytes) -> int:
        row = len(self._rows)
        if row >= ROWS - 1 or len(key) > KEY_BYTES:
            return ROWS - 1
        self._rows[key], begin = row, row * _ROW_BYTES
        # The first byte last: with it, others see the row.
        self._bytes[begin + 1 : begin + len(key)] = key[1:]
        self._bytes[begin] = key[0]
        return row


class Content(NamedTuple):
    """The content of a slot, as another process reads it."""

    number: int
    pid: int  # 0 if the process has ended.
    rows: dict[str, list[float]]


def read(directory: Path) -> list[Content]:
    """All slots. Raises OSError."""
    with _alone(directory):
        paths = (path for path in directory.glob("*.slot") if path.stem.isdecimal())
        return [content for path in paths if (content := _content(path))]


def discard(directory: Path) -> None:
    """Delete the counts of earlier servers, unless one of them still runs. Raises OSError if that is not permitted."""
    make_directory(directory)
    with _alone(directory):
        (directory / "0.slot").touch(mode=0o600)
        paths = [*directory.glob("*.slot")]
        if not any(_is_taken(path) for path in paths):
            for path in paths:
                path.unlink()


def _prepared(file: int) -> mmap.mmap:
    """The table in a file. The process has to be alone.

    All of it is written when it is created. A sparse file would end the process (SIGBUS) once the disk is full.
    """
    if os.fstat(file).st_size != FILE_BYTES:
        os.ftruncate(file, 0)
        with open(file, "wb", closefd=False) as whole:
            whole.write(bytes(FILE_BYTES))
    return mmap.mmap(file, FILE_BYTES)


def _content(path: Path) -> Content | None:
    """None if the file has no table of this layout."""
    with path.open("rb") as file:
        is_living = not _lock(file.fileno())
        if os.fstat(file.fileno()).st_size != FILE_BYTES:
            return None
        with mmap.mmap(file.fileno(), FILE_BYTES, access=mmap.ACCESS_READ) as table, memoryview(table) as view:
            rows = _rows_of(view)
    (pid, *_rest) = rows.pop(_LAYOUT.decode(), [0.0])
    return Content(int(path.stem), int(pid) if is_living else 0, rows) if pid else None


def _rows_of(view: memoryview) -> dict[str, list[float]]:
    values: memoryview[float]
    with view.cast("d") as values:
        begins = ((key, row * _ROW_ITEMS + _KEY_ITEMS) for row, key in enumerate(_keys(view)))
        return {key.decode(errors="replace"): [*values[begin : begin + VALUES_PER_ROW]] for key, begin in begins}


def _keys(view: memoryview) -> Iterator[bytes]:
    """The keys of the rows, up to the first row without one."""
    for begin in range(0, FILE_BYTES, _ROW_BYTES):
        if not view[begin]:
            return
        yield bytes(view[begin : begin + KEY_BYTES]).rstrip(b"\0")


def _is_taken(path: Path) -> bool:
    with path.open("rb") as file:
        return not _lock(file.fileno())


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """While no other process takes, reads or discards slots."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock the file until its descriptor is closed. False if another descriptor has it locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
