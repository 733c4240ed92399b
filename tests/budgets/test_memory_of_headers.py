"""The memory that the headers of clients take. A cache of long ones would take as much as a client likes to send."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from api_project.http.request.media_types import sanitize_content_type
from tests.client import PlainClient
from tests.garbage import PATIENCE, collect

LENGTH = 60_000
HEADERS = 20
# Other long blocks are tables of the process that happen to grow.
OTHERS = 5


def long_blocks() -> int:
    """The number of blocks of memory that are as long as one of the headers."""
    return sum(trace.size >= LENGTH for trace in tracemalloc.take_snapshot().traces)


def long_blocks_after(send: Callable[[str], object]) -> int:
    """The number of long blocks that headers leave.

    A thread that another test started can use some, so that the number counts only if it stays.
    """
    send(f"text/first{'x' * LENGTH}")
    tracemalloc.start()
    try:
        for number in range(HEADERS):
            send(f"text/{number}{'x' * LENGTH}")
        deadline = time.monotonic() + PATIENCE
        collect()
        while (left := long_blocks()) > OTHERS and time.monotonic() < deadline:
            time.sleep(0.1)
            collect()
    finally:
        tracemalloc.stop()
    return left


@pytest.mark.parametrize("header", ["Accept", "Accept-Encoding", "Accept-Language"])
def test_long_headers_leave_no_memory_taken(header: str) -> None:
    client = PlainClient()
    assert long_blocks_after(lambda text: client.get("/api/problems", headers={header: f"{text}, */*"})) <= OTHERS


def test_long_content_types_leave_no_memory_taken() -> None:
    assert long_blocks_after(lambda text: sanitize_content_type(f"application/json; note={text}")) <= OTHERS
