"""Posts are found by tags and words through the index if the value is rare, else in list order."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from posts.models import Post, PostTag
from posts.search.access_path import AccessPath
from tests.client import Client
from tests.db.sql import statements
from tests.factories import make_post
from tests.posts.search.searching import found, make_indexed_post
from tests.posts.search.test_access_paths import RARE, ROWS, write_posts
from users.models import User

POSTS = "/api/v1/posts"


@pytest.fixture
def posts(member: User) -> list[Post]:
    return write_posts(member)


if connection.vendor == "postgresql":  # SQLite does not report how many rows it reads.

    @pytest.mark.parametrize(("name", "most"), [("frequent", 2 * 21), ("rare", ROWS // RARE)])
    @pytest.mark.parametrize("parameter", ["search", "tag"])
    def test_a_page_reads_few_posts_besides_its_own(
        posts: list[Post], api_client: Client, parameter: str, name: str, most: int
    ) -> None:
        with statements() as made:
            api_client.get(f"{POSTS}?{parameter}={name}")
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {made[-1]}")
            lines = [line for (line,) in cursor.fetchall()]
        scan = next(number for number, line in enumerate(lines) if re.search(r"Index Scan .*on posts_post ", line))
        returned, left = (
            re.search(text, "\n".join(lines[scan : scan + 4])) for text in (r"rows=(\d+)", r"Filter: (\d+)")
        )

        assert returned
        assert int(returned[1]) + int(left[1] if left else 0) <= most


def test_a_tag_that_became_frequent_is_noticed_within_minutes(posts: list[Post], api_client: Client) -> None:
    urls = [f"{POSTS}?search=rare", f"{POSTS}?tag=rare"]
    made = []
    for later in (0, 60, 600):
        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=later)), statements() as made_then:
            for url in urls:
                api_client.get(url)
        made.append(len(made_then))

    assert made == [4, 2, 4]


@pytest.mark.parametrize("paging", [{}, {"page": 1}])
def test_many_tags_take_no_more_statements_than_one(paging: dict[str, int], api_client: Client, post: Post) -> None:
    made = []
    for count in (1, 20):
        with statements() as executed:
            query: dict[str, Any] = {"tag": [f"tag-{number}" for number in range(count)], **paging}
            api_client.get(POSTS, query)
        made.append(len(executed))

    assert made[0] == made[1]


def test_each_of_several_tags_has_an_access_path_of_its_own(member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The threshold depends on the size of the table, which a fixture has filled before."""
    monkeypatch.setattr("posts.search.access_path._is_selective", lambda count, *_measured: count < 5)
    for number in range(6):
        make_post(member, tags=["frequent", "rare"] if number == 3 else ["frequent"])
    tagged = {
        slug: PostTag.objects.filter(tag__slug=slug).values_list("pk", Value(True)) for slug in ("frequent", "rare")
    }
    frequent, rare = tagged["frequent"], tagged["rare"]

    assert AccessPath.choose_each([frequent, rare], counted=False) == [AccessPath.SCAN_IN_ORDER, AccessPath.INDEX_FIRST]
    assert AccessPath.choose_each([rare, frequent, rare], counted=True) == [
        AccessPath.INDEX_FIRST,
        AccessPath.PLANNER,
        AccessPath.INDEX_FIRST,
    ]


@pytest.fixture
def indexed(db: None) -> Post:
    return make_indexed_post()


@pytest.mark.parametrize("access_path", AccessPath)
def test_an_index_serves_a_search(access_path: AccessPath, indexed: Post) -> None:
    # For frequent words, PostgreSQL checks one post after another instead.
    indexes = ("posts_searchdocument_post_id_key", "posts_search ")[access_path is AccessPath.INDEX_FIRST :]
    with CaptureQueriesContext(connection) as queries:
        found('sugar "let it" -warm', access_path)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # PostgreSQL would not use an index for so small a table.
            cursor.execute("SET LOCAL enable_seqscan = off")
        for query in queries:
            cursor.execute(connection.ops.explain_query_prefix() + " " + query["sql"])
            plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
            assert any(index in plan for index in indexes) or "posts_searchdocument" not in plan
            assert not re.search("^ *SCAN posts_searchdocument|Seq Scan on posts_searchdocument", plan, re.MULTILINE)
