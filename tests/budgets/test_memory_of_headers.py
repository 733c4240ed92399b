"""The memory that the headers of clients take. A cache of long ones would take as much as a client likes to send."""

import gc
import tracemalloc

import pytest

from api_project.http.request.media_types import sanitize_content_type
from tests.client import Client


@pytest.mark.parametrize("header", ["Accept", "Accept-Encoding", "Accept-Language"])
def test_long_headers_leave_no_memory_taken(header: str, api_client: Client) -> None:
    def send(number: int) -> None:
        api_client.get("/api/problems", headers={header: f"text/{number}{'x' * 20_000}, */*"})

    send(0)
    tracemalloc.start()
    for number in range(1, 100):
        send(number)
    gc.collect()
    taken, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken < 1_000_000


def test_long_content_types_leave_no_memory_taken() -> None:
    sanitize_content_type("application/json")
    tracemalloc.start()
    for number in range(100):
        sanitize_content_type(f"application/json; note={number}{'x' * 20_000}")
    taken, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken < 1_000_000
