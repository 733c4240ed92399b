"""Reading takes a few queries, the same number for three rows as for thirty."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from posts.models import Post
from tests.client import Client
from tests.db.sql import statements
from tests.factories import make_post, make_user
from users.auth.access_tokens import session_of
from users.models import User

QUERIES = {
    "/api/v1/posts": 1,
    "/api/v1/posts?status=any": 1,
    "/api/v1/posts?author=member-one&ordering=title": 1,
    "/api/v1/posts?author=member-one&tag=tag-0&ordering=title": 2,  # One query estimates the frequency of the tag.
    "/api/v1/posts?author=member-one&search=tag-0&ordering=title": 2,
    "/api/v1/posts?fields=id,author": 1,
    "/api/v1/posts?page=1": 2,  # One query for the rows and one for the count.
    "/api/v1/users": 1,
    "/api/v1/users?page=1": 2,
    "/api/v1/tags": 1,
    "/api/v1/posts/a-post": 1,
    "/api/v1/users/member-one": 1,
    "/api/v1/users/me": 1,
    "/api/v1/users/me/account": 1,
}


@pytest.mark.parametrize("rows", [3, 30])
@pytest.mark.parametrize("url", QUERIES)
def test_reading_takes_few_queries_however_much_is_read(
    member_client: Client, member: User, url: str, rows: int
) -> None:
    fill(member, rows)
    page_size = "&page_size=100" if "?" in url else "?page_size=100"
    path = url if url.count("/") > 3 else url + page_size

    with statements() as made:
        assert member_client.get(path).status_code == 200

    assert len(made) == QUERIES[url], made


@pytest.mark.parametrize(("one", "other"), [("tag=tag-0", "tag=tag-0"), ("search=tag", "search=tag&author=member-one")])
def test_the_frequency_of_a_tag_or_word_is_queried_once(api_client: Client, member: User, one: str, other: str) -> None:
    fill(member, 3)
    api_client.get(f"/api/v1/posts?{one}")

    with statements() as made:
        assert api_client.get(f"/api/v1/posts?{other}").status_code == 200

    assert len(made) == 1, made


def test_authenticating_the_caller_takes_one_query(
    member_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        member_client.get("/api/v1/users/me")


def test_an_access_token_costs_one_query(
    member_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token = str(member_client._credentials["HTTP_AUTHORIZATION"]).removeprefix("Bearer ")  # type: ignore[attr-defined]
    with django_assert_num_queries(1):
        assert session_of(token, at=timezone.now())


def fill(author: User, rows: int) -> None:
    make_post(author, slug="a-post", tags=["tag-0", "tag-1", "tag-2"])
    for number in range(rows):
        make_post(author if number % 2 else make_user(), tags=["tag-0", f"tag-{number}"])
    assert Post.objects.count() > rows
