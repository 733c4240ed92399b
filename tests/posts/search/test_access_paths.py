"""Rare and frequent words and tags take different access paths, and all paths find the same posts."""

from typing import Any

import pytest

from posts.models import Post
from tests.client import Client
from tests.db.sql import analyze, begin_table_of_posts
from tests.factories import make_post
from tests.http.listing.paging import listed
from users.models import User

POSTS = "/api/v1/posts"
RARE, ROWS = 40, 400  # One post in 40 has the rare word and tag, and every second one the frequent ones.


@pytest.fixture
def posts(member: User) -> list[Post]:
    return write_posts(member)


def write_posts(author: User) -> list[Post]:
    """Posts with rare and with frequent words and tags, the latest first."""
    begin_table_of_posts()
    made = [make_post(author, **written(number)) for number in range(ROWS)]
    analyze()
    return made[::-1]


def written(number: int) -> dict[str, Any]:
    words = [
        "a post",
        *(["on a frequent word"] if number % 2 else []),
        *(["on a rare word"] if number % RARE == 1 else []),
    ]
    return {"title": f"{number:03}", "body": " ".join(words), "tags": [text.split()[2] for text in words[1:]]}


FREQUENT_ONES = [f"{number:03}" for number in range(ROWS)[::-1] if number % 2]
RARE_ONES = [f"{number:03}" for number in range(ROWS)[::-1] if number % RARE == 1]
FOUND = {
    "search=frequent": FREQUENT_ONES,
    "search=rare": RARE_ONES,
    "search=rare%20frequent": RARE_ONES,
    "search=%22a%20frequent%22%20%22a%20post%22": FREQUENT_ONES,
    "search=%22a%20rare%22": RARE_ONES,
    "search=frequent%20-rare": [title for title in FREQUENT_ONES if title not in RARE_ONES],
    "search=%22rare%20frequent%22": [],
    "tag=frequent": FREQUENT_ONES,
    "tag=rare": RARE_ONES,
    "tag=rare&tag=frequent": RARE_ONES,
    "tag=rare&search=frequent": RARE_ONES,
    "tag=frequent&search=rare": RARE_ONES,
    "tag=frequent&search=frequent": FREQUENT_ONES,
    "tag=none": [],
}


@pytest.mark.parametrize("query", FOUND)
def test_pages_by_cursor_pages_by_number_and_the_count_agree(posts: list[Post], api_client: Client, query: str) -> None:
    walked = listed(api_client, f"{POSTS}?{query}&page_size=50&fields=title", "title")
    numbered = api_client.get(f"{POSTS}?{query}&page_size=50&page=1").json()

    assert walked == FOUND[query]
    assert numbered["count"] == len(FOUND[query])
    assert [post["title"] for post in numbered["results"]] == FOUND[query][:50]
