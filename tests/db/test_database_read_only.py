"""A primary that became a standby refuses writes: the client gets 503, and the connection is replaced."""

import pytest
from django.db import connection

from tests.client import Client

if connection.vendor == "sqlite":
    __test__ = False

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_write_to_a_standby_gets_503_and_the_next_write_uses_another_connection(member_client: Client) -> None:
    before = backend()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")

    refused = member_client.post("/api/v1/posts", {"title": "A title", "body": "Words"})
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.has_header("Retry-After")

    assert member_client.post("/api/v1/posts", {"title": "A title", "body": "Words"}).status_code == 201
    assert backend() != before
