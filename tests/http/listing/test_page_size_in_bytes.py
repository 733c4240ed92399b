"""A page has at most 4 MiB of results."""

from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from django.utils import timezone

from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from users.models import User

POSTS = "/api/v1/posts"
LIMIT = 4 * 1024 * 1024
ENVELOPE = 4096
NUMBER = 24


@pytest.fixture
def titles(member: User) -> list[str]:
    """The titles of posts with 400 KB each, the newest first: ten of them fit into a page."""
    now: datetime = timezone.now()
    for number in range(NUMBER):
        make_post(member, title=f"Post {number}", published_at=now - timedelta(minutes=number))
    Post.objects.update(body="𝄞" * 100_000)
    return [f"Post {number}" for number in range(NUMBER)]


def walk(client: Client, url: str | None, link: str) -> list[list[str]]:
    pages = []
    while url:
        response = client.get(url)
        assert response.status_code == 200
        assert len(response.content) <= LIMIT + ENVELOPE
        page = response.json()
        pages.append([post["title"] for post in page["results"]])
        url = page[link]
    return pages


def test_a_walk_over_large_rows_finds_each_once_in_both_directions(api_client: Client, titles: list[str]) -> None:
    forth = walk(api_client, f"{POSTS}?page_size=100", "next")
    last = last_page(api_client, f"{POSTS}?page_size=100")
    back = walk(api_client, last["previous"], "previous")

    assert [len(page) for page in forth] == [10, 10, 4]
    assert [*chain(*forth)] == titles
    assert [len(page) for page in back] == [10, 10]
    assert [*chain(*reversed(back))] == titles[:20]


def test_a_page_that_ended_early_links_to_both_sides(api_client: Client, titles: list[str]) -> None:
    second: Any = api_client.get(api_client.get(f"{POSTS}?page_size=12").json()["next"])
    again = api_client.get(api_client.get(second.json()["next"]).json()["previous"])

    assert [post["title"] for post in second.json()["results"]] == titles[10:20]
    assert again.json()["results"] == second.json()["results"]


def test_a_numbered_page_over_4_mib_is_a_400_that_says_so(api_client: Client, titles: list[str]) -> None:
    large = api_client.get(f"{POSTS}?page=1&page_size=11")
    (error,) = large.json()["errors"]

    assert (large.status_code, error["parameter"], error["code"]) == (400, "page_size", "page_too_large")
    assert "4 MiB" in error["detail"]
    assert api_client.get(f"{POSTS}?page=1&page_size=10").status_code == 200
    assert len(api_client.get(f"{POSTS}?page=1&page_size=24&fields=title").json()["results"]) == NUMBER


def test_the_size_limit_counts_the_requested_fields_only(api_client: Client, titles: list[str]) -> None:
    assert [len(page) for page in walk(api_client, f"{POSTS}?page_size=100&fields=title", "next")] == [NUMBER]


@pytest.mark.parametrize("client", ["api_client", "member_client"])
def test_a_page_that_ended_early_keeps_its_tag_until_it_changes(
    request: pytest.FixtureRequest, client: str, titles: list[str]
) -> None:
    reader: Client = request.getfixturevalue(client)
    url = f"{POSTS}?page_size=100"
    responses = [reader.get(url) for _ in range(3)]
    tag = responses[0].headers["ETag"]

    assert {(each.headers["ETag"], len(each.json()["results"])) for each in responses} == {(tag, 10)}
    assert reader.get(url, headers={"If-None-Match": tag}).status_code == 304
    Post.objects.filter(title="Post 3").update(body="short", updated_at=timezone.now())
    changed = reader.get(url, headers={"If-None-Match": tag})
    assert (changed.status_code, len(changed.json()["results"])) == (200, 11)


def last_page(client: Client, url: str) -> Any:
    page = client.get(url).json()
    while page["next"]:
        page = client.get(page["next"]).json()
    return page
