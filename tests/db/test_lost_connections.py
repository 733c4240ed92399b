"""Requests survive a lost connection, and prepared statements that a migration made stale. PostgreSQL only."""

from collections.abc import Callable

import pytest
from django.db import connection

from posts.models import Post
from tests.client import Client
from tests.db.sql import another_client
from tests.factories import make_post

PREPARING = 4  # Requests after which a connection has prepared their statements.

if connection.vendor == "sqlite":
    __test__ = False

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elsewhere() -> Callable[[str], None]:
    """Executes SQL on another connection."""

    def execute(sql: str) -> None:
        with another_client() as other:
            other.execute(sql.encode())

    return execute


@pytest.fixture
def urls() -> list[str]:
    return ["/api/v1/posts", f"/api/v1/posts/{make_post(tags=['a']).pk}"]


def test_a_lost_connection_is_replaced(api_client: Client, urls: list[str], elsewhere: Callable[[str], None]) -> None:
    for url in urls:
        before = api_client.get(url).content
        elsewhere(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
        after = api_client.get(url)

        assert (after.status_code, after.content) == (200, before)


def test_a_statement_that_a_migration_made_stale_is_prepared_again(
    api_client: Client, urls: list[str], elsewhere: Callable[[str], None]
) -> None:
    before = [[api_client.get(url).content for _ in range(PREPARING)][-1] for url in urls]
    elsewhere("ALTER TABLE posts_post ALTER COLUMN excerpt TYPE text")
    try:
        after = [api_client.get(url) for url in urls]
    finally:
        elsewhere("ALTER TABLE posts_post ALTER COLUMN excerpt TYPE varchar(300)")

    assert Post.objects.count() == 1
    assert [(response.status_code, response.content) for response in after] == [(200, content) for content in before]


def test_a_write_succeeds_although_a_migration_made_its_statements_stale(
    editor_client: Client, urls: list[str], elsewhere: Callable[[str], None]
) -> None:
    path = urls[1]
    for number in range(PREPARING):
        assert editor_client.patch(path, {"title": f"Title {number}"}).status_code == 200
    elsewhere("ALTER TABLE posts_post ALTER COLUMN excerpt TYPE text")
    try:
        after = editor_client.patch(path, {"title": "After it"})
    finally:
        elsewhere("ALTER TABLE posts_post ALTER COLUMN excerpt TYPE varchar(300)")

    assert (after.status_code, after.json()["title"]) == (200, "After it")
