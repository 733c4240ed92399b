"""A connection prepares the statements that it executes again, up to a limit. PostgreSQL only."""

from collections import Counter
from itertools import combinations, islice

from django.db import connection

from api_project.db.prepared_statements import MAX_PREPARED
from posts.models import Post
from tests.client import Client

if connection.vendor == "sqlite":
    __test__ = False

NAMES = ("id", "slug", "title", "excerpt", "body", "published_at", "created_at", "updated_at", "tags", "author")


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def test_a_statement_is_prepared_at_its_second_execution_and_only_then(api_client: Client, post: Post) -> None:
    before, made = Counter(prepared()), []
    for _ in range(4):
        # No other test sends this request, and responses to requests with a cookie are not cached.
        api_client.get(f"/api/v1/posts/{post.pk}?fields=excerpt,slug,tags", headers={"Cookie": "theme=dark"})
        made.append((Counter(prepared()) - before).total())

    assert made == [0, 1, 1, 1]


def test_only_the_most_recent_statements_stay_prepared(api_client: Client, post: Post) -> None:
    ways = [names for length in range(1, 5) for names in combinations(NAMES, length)]
    for names in islice(ways, MAX_PREPARED + 20):
        urls = [f"/api/v1/posts?fields={','.join(names)}"] * 2
        responses = [api_client.get(url).json()["results"][0].keys() for url in urls]
        assert responses == [set(names)] * 2

    assert len(prepared()) <= MAX_PREPARED
