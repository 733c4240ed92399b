"""A page costs the same at any depth, even if the index contains the rows before it. PostgreSQL only."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from posts.models import Post
from tests.client import Client
from tests.db.sql import analyze, begin_table_of_posts, statements
from tests.factories import make_user

POSTS = "/api/v1/posts?page_size=100&fields=id"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ROWS = 4000

if connection.vendor == "sqlite":
    __test__ = False


@pytest.fixture
def rows(request: pytest.FixtureRequest, db: None) -> None:
    """Enough posts that about a hundred of them fill a page of an index; a minute apart, or all of the same time."""
    begin_table_of_posts()
    author, apart = make_user(), request.param
    times = [LONG_AGO + timedelta(minutes=number if apart else 0) for number in range(ROWS)]
    Post.objects.bulk_create(
        Post(slug=f"{n}", title="a", title_folded="a", body="b", author=author, published_at=at, updated_at=at)
        for n, at in enumerate(times)
    )
    analyze()


QUERIES = [
    "",
    "&ordering=-published_at",
    "&ordering=title",
    "&ordering=-updated_at",
    "&published_at__lte=2999-01-01T00:00:00Z",
    "&published_at__lt=2021-01-01T00:00:00Z",
    "&published_at__gte=2020-01-01T00:00:00Z&ordering=published_at",
    "&updated_at__lte=2999-01-01T00:00:00Z&ordering=-updated_at",
]


@pytest.mark.parametrize("rows", [True, False], ids=["apart", "tied"], indirect=True)
def test_a_page_far_down_reads_as_little_as_the_second(rows: None, api_client: Client) -> None:
    """All lists and ranges in one test, because the rows take longer than the pages."""
    differences = {query: difference(api_client, POSTS + query) for query in QUERIES}

    assert {query: pages for query, pages in differences.items() if abs(pages) > 3} == {}


def difference(client: Client, url: str) -> int:
    """The pages that a page far down reads beyond those of the second."""
    second = client.get(url).json()["next"]
    far = second
    for _ in range(ROWS // 200):  # The walk stops before the end: for the last few rows another plan may be as good.
        far = client.get(far).json()["next"]

    return read_by(client, far) - read_by(client, second)


def read_by(client: Client, url: str) -> int:
    """The pages of index and table that the statement reads to find its posts, beyond those of the posts."""
    with statements() as made:
        assert len(client.get(url).json()["results"]) == 100
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {made[0]}")
        lines = [line for (line,) in cursor.fetchall()]
    scan = next(number for number, line in enumerate(lines) if re.search(r"Index.* Scan.* on posts_post", line))
    counts = next(line for line in lines[scan:] if "Buffers:" in line)
    return sum(map(int, re.findall(r"(?:hit|read)=(\d+)", counts)))
