"""A cached response saves reads of whole rows, and takes little memory."""

import tracemalloc
from http import HTTPStatus
from statistics import median

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from api_project.http.caching.store import has_room
from posts.models import Post
from posts.services import change_post
from tests.client import Client
from tests.db.sql import columns_read, statements
from tests.db.test_database_down import away
from tests.factories import make_post
from tests.garbage import collect
from tests.http.caching import test_response_validation
from tests.http.caching.test_response_cache import POSTS, read
from tests.http.caching.test_response_validation import cached

pytestmark = pytest.mark.django_db


def read_columns(client: Client, url: str = POSTS) -> set[str]:
    with statements() as made:
        read(client, url)
    return columns_read(made[-1])


@pytest.mark.parametrize("url", [POSTS, f"{POSTS}/{{post.id}}"])
def test_a_public_resource_is_read_once(api_client: Client, post: Post, url: str) -> None:
    url = url.format(post=post)
    assert ["posts_post.body" in read_columns(api_client, url) for _ in range(3)] == [True, False, False]


def test_a_cached_response_is_read_again_after_five_minutes(api_client: Client, post: Post) -> None:
    """The best access path depends on the number of rows, which changes."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        read(api_client)
        clock.shift(299)
        assert "posts_post.body" not in read_columns(api_client)
        clock.shift(1)
        assert "posts_post.body" in read_columns(api_client)


def test_a_changed_resource_is_read_twice(api_client: Client, post: Post) -> None:
    read(api_client)
    change_post(post=post, at=timezone.now(), title="New")
    assert ["posts_post.body" in read_columns(api_client) for _ in range(4)] == [True, True, False, False]


def test_a_full_cache_reads_a_resource_twice_before_caching(api_client: Client, post: Post) -> None:
    """A full cache evicts no entry for a resource that is requested once."""
    long = make_post(body="x" * 60_000)
    for number in range(110):
        read(api_client, f"{POSTS}/{long.id}", Origin=f"https://{number}.example.com")
    assert not has_room()

    url = f"{POSTS}/{post.id}"
    assert ["posts_post.body" in read_columns(api_client, url) for _ in range(3)] == [True, True, False]


def test_a_constantly_changing_post_takes_one_statement_a_request(api_client: Client, post: Post) -> None:
    read(api_client)
    for number in range(4):
        change_post(post=post, at=timezone.now(), title=f"Title {number}")
        with statements() as made:
            read(api_client)
        assert len(made) == (1 if number else 2)


def test_a_failed_validation_is_not_repeated(api_client: Client, post: Post) -> None:
    for _ in range(3):
        read(api_client)
    with away() as tried:
        read(api_client)

    assert len(tried) == 1


def test_a_path_with_a_slash_at_its_end_has_the_same_response(api_client: Client, post: Post) -> None:
    for _ in range(2):
        read(api_client)
    assert "posts_post.body" not in read_columns(api_client, f"{POSTS}/")


def test_a_cached_list_outlives_the_query_that_validates_it(api_client: Client, post: Post) -> None:
    """Other lists evict the compiled query of this one. A compiled query weighs as much as its parameters."""
    before = [read(api_client) for _ in range(3)]
    for number in range(70):
        assert read(api_client, f"{POSTS}?page_size=1&tag=b{number}{'&fields=id' * 15}")[0] == HTTPStatus.OK

    assert [read(api_client) for _ in range(3)] == before
    assert "posts_post.body" not in read_columns(api_client)


def test_a_cached_response_takes_little_more_memory_than_its_bytes(api_client: Client) -> None:
    """The median of several batches, because a table of the process that happens to grow counts in one of them."""
    urls = [f"{POSTS}/{make_post(body='word ' * 400).id}" for _ in range(135)]
    for url in urls[:10] * 3:
        read(api_client, url)

    overheads = []
    for start in range(10, len(urls), 25):
        collect()
        tracemalloc.start()
        sent = sum(len(read(api_client, url)[1]) for url in urls[start : start + 25] * 2) / 2
        collect()
        taken, _most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        overheads.append((taken - sent) / 25)
    assert median(overheads) < 6 * 1024


def test_a_long_request_is_not_cached(api_client: Client, post: Post) -> None:
    """Long requests could otherwise fill the memory."""
    with statements() as made:
        for _ in range(4):
            read(api_client, f"{POSTS}/{post.id}", Accept="application/json" + ", text/plain" * 200)
    assert ["posts_post.body" in columns_read(each) for each in made] == [True] * 4


@pytest.mark.parametrize("url", [POSTS, f"{POSTS}/{{post.id}}"])
def test_a_cached_response_reads_the_state_for_each_request(api_client: Client, post: Post, url: str) -> None:
    url = url.format(post=post)
    cached(api_client, url)
    with statements() as made:
        read(api_client, url)

    assert ["posts_post" in each for each in made] == [True]


@override_settings(ROOT_URLCONF=test_response_validation.__name__)
@pytest.mark.parametrize("name", ["CheckedWithParents", "CheckedByPermission"])
def test_a_response_is_cached_where_access_can_be_checked_again(api_client: Client, name: str) -> None:
    post = make_post()
    cached(api_client, f"/api/v1/{name}/{post.author_id}/posts")
    with statements() as made:
        read(api_client, f"/api/v1/{name}/{post.author_id}/posts")

    assert ["users_user" in each for each in made] == [True, True]
    assert not any("posts_post.body" in each.replace('"', "") for each in made)
