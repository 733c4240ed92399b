"""Pages by cursor and by number, their links, and walks through lists that change during the walk."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.models import Post
from tests.client import Client
from tests.factories import make_post, make_user
from tests.http.listing.paging import listed, results, walk
from users.models import User

POSTS = "/api/v1/posts"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def posts(member: User) -> list[Post]:
    """Seven published posts, the newest first."""
    ages = [timedelta(days=age) for age in range(7)]
    return [make_post(member, published_at=LONG_AGO - age, tags=["a", "b"]) for age in ages]


@pytest.fixture
def collection(request: pytest.FixtureRequest, posts: list[Post]) -> str:
    """A list of at least seven rows, of each kind in turn."""
    for number in range(6):
        make_user(f"someone-{number}")
        make_post(posts[0].author, tags=[f"tag-{number}"])
    return str(request.param)


collections = pytest.mark.parametrize("collection", [POSTS, "/api/v1/users", "/api/v1/tags"], indirect=True)


def links_in(header: str) -> dict[str, str]:
    """The targets of the links between pages by relation (RFC 8288)."""
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', header)
    return {relation: url for url, relation in found if relation != "alternate"}


def test_a_page_by_cursor_has_no_count_and_twenty_rows_by_default(api_client: Client, member: User) -> None:
    for _ in range(21):
        make_post(member)

    page = api_client.get(POSTS).json()

    assert list(page) == ["count", "next", "previous", "results"]
    assert page["count"] is page["previous"] is None
    assert len(page["results"]) == 20
    assert len(api_client.get(page["next"]).json()["results"]) == 1


@collections
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_walk_finds_every_row_once_in_both_directions(api_client: Client, collection: str, size: int) -> None:
    everything = api_client.get(collection, {"page_size": 100}).json()["results"]
    pages = list(walk(api_client, f"{collection}?page_size={size}"))
    back = list(walk(api_client, pages[-2]["next"], "previous")) if len(pages) > 1 else pages

    assert [result for page in pages for result in page["results"]] == everything
    assert [result for page in reversed(back) for result in page["results"]] == everything
    assert [page["previous"] is None for page in back] == [False] * (len(back) - 1) + [True]
    assert [page["next"] is None for page in pages] == [False] * (len(pages) - 1) + [True]
    assert len(pages) == 1 or all(page["next"] for page in back[1:])


@collections
@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_numbered_pages_hold_all_rows_and_count_them(api_client: Client, collection: str, size: int) -> None:
    everything = api_client.get(collection, {"page_size": 100}).json()["results"]
    pages = list(walk(api_client, f"{collection}?page=1&page_size={size}"))

    assert [result for page in pages for result in page["results"]] == everything
    assert {page["count"] for page in pages} == {len(everything)}
    last = f"{collection}?page={len(pages)}&page_size={size}"
    assert list(walk(api_client, last, "previous")) == pages[::-1]


@pytest.mark.parametrize("query", ["page_size=2", "page_size=2&page=2"])
def test_the_link_header_has_the_links_of_the_body(api_client: Client, posts: list[Post], query: str) -> None:
    first = api_client.get(f"{POSTS}?{query}")
    second = api_client.get(first.json()["next"])
    last = api_client.get(POSTS, {"page_size": 100})

    for response in (first, second):
        body = {"next": response.json()["next"], "prev": response.json()["previous"]}
        assert links_in(response.headers["Link"]) == {name: url for name, url in body.items() if url}
    assert set(links_in(second.headers["Link"])) == {"next", "prev"}
    assert links_in(last.headers["Link"]) == {}


@pytest.mark.parametrize("paging", [{}, {"page": "2"}])
def test_links_keep_all_other_parameters(api_client: Client, posts: list[Post], paging: dict[str, str]) -> None:
    query = {
        "tag": ["a", "b"],
        "search": ["post -nothing"],
        "ordering": ["-title,id"],
        "fields": ["id,author.username"],
        "page_size": ["2"],
        "created_at__gte": ["2020-01-01T00:00:00+01:00"],
    }
    first = api_client.get(POSTS, {**query, **paging}).json()
    second = api_client.get(first["next"]).json()

    for url in (first["next"], second["next"], second["previous"]):
        own = parse_qs(urlsplit(url).query)
        assert own.pop("page" if paging else "cursor")
        assert own == query
        assert url.startswith("http://testserver/api/v1/posts?")


@pytest.mark.parametrize("size", [7, 8, 100])
def test_a_page_with_all_rows_leads_nowhere(api_client: Client, posts: list[Post], size: int) -> None:
    page = api_client.get(POSTS, {"page_size": size}).json()

    assert (len(page["results"]), page["next"], page["previous"]) == (7, None, None)


def test_a_page_that_ends_with_the_last_row_leads_back_only(api_client: Client, posts: list[Post]) -> None:
    first = api_client.get(POSTS, {"page_size": 4}).json()
    second = api_client.get(first["next"].replace("page_size=4", "page_size=3")).json()

    assert (len(second["results"]), second["next"]) == (3, None)
    back = api_client.get(second["previous"].replace("page_size=3", "page_size=4")).json()
    assert (_ids(back), back["previous"]) == (_ids(first), None)


def test_a_page_past_the_end_is_404(api_client: Client, posts: list[Post]) -> None:
    assert api_client.get(POSTS, {"page": 4, "page_size": 2}).status_code == HTTPStatus.OK
    assert api_client.get(POSTS, {"page": 5, "page_size": 2}).status_code == HTTPStatus.NOT_FOUND
    assert api_client.get(POSTS, {"page": 10**17}).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("path", ["/api/v1/tags", "/api/v1/users"])
def test_a_second_page_of_any_empty_list_is_404(api_client: Client, db: None, path: str) -> None:
    assert api_client.get(path, {"page": 2}).status_code == HTTPStatus.NOT_FOUND


def test_the_first_page_of_an_empty_list_is_empty(api_client: Client, db: None) -> None:
    nothing: dict[str, Any] = {"next": None, "previous": None, "results": []}

    assert api_client.get(POSTS).json() == {"count": None, **nothing}
    assert api_client.get(POSTS, {"page": 1}).json() == {"count": 0, **nothing}


def test_a_page_is_requested_by_number_or_by_cursor(api_client: Client, posts: list[Post]) -> None:
    following = api_client.get(POSTS, {"page_size": 2}).json()["next"]
    response = api_client.get(f"{following}&page=1")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert [(error["parameter"], error["code"]) for error in response.json()["errors"]] == [("page", "conflict")]


@pytest.mark.parametrize("size", ["0", "101", "-1", "1.0", "two", "１"])
def test_a_page_has_between_one_and_a_hundred_rows(api_client: Client, db: None, size: str) -> None:
    response = api_client.get(POSTS, {"page_size": size})

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["parameter"] == "page_size"


def test_a_last_page_whose_rows_are_gone_leads_back(api_client: Client, posts: list[Post]) -> None:
    second = api_client.get(api_client.get(POSTS, {"page_size": 3}).json()["next"]).json()
    Post.objects.filter(pk__in=[post.pk for post in posts[6:]]).delete()
    third = api_client.get(second["next"]).json()

    assert third["results"] == []
    assert third["next"] is None
    assert _ids(api_client.get(third["previous"]).json()) == _ids_of(posts[3:6])


def test_a_first_page_whose_rows_are_gone_leads_on(api_client: Client, posts: list[Post]) -> None:
    second = api_client.get(api_client.get(POSTS, {"page_size": 3}).json()["next"]).json()
    Post.objects.filter(pk__in=[post.pk for post in posts[:3]]).delete()
    first = api_client.get(second["previous"]).json()

    assert first["results"] == []
    assert first["previous"] is None
    assert _ids(api_client.get(first["next"]).json()) == _ids_of(posts[3:6])


@pytest.mark.parametrize(
    "ordering", ["published_at", "-published_at", "title,-published_at", "-title,published_at", "id"]
)
def test_a_page_whose_rows_are_gone_leads_back_to_its_neighbour_in_any_order(
    ordering: str, api_client: Client, posts: list[Post]
) -> None:
    url = f"{POSTS}?ordering={ordering}&page_size=3"
    first, second, third = walk(api_client, url)
    Post.objects.filter(pk__in=[*_ids(first), *_ids(third)]).delete()
    emptied = [api_client.get(second[link]).json() for link in ("previous", "next")]

    assert [page["results"] for page in emptied] == [[], []]
    assert _ids(api_client.get(emptied[0]["next"]).json()) == _ids(second)
    assert _ids(api_client.get(emptied[1]["previous"]).json()) == _ids(second)


@pytest.mark.parametrize("ordering", ["title", "-created_at", "title,-created_at", "-published_at,title"])
def test_a_walk_through_equal_sort_values_finds_each_row_once(ordering: str, api_client: Client, member: User) -> None:
    expected = {str(make_post(member, title="Same", at=LONG_AGO, published_at=LONG_AGO).pk) for _ in range(7)}
    pages = list(walk(api_client, f"{POSTS}?ordering={ordering}&page_size=2"))
    back = list(walk(api_client, pages[-1]["previous"], "previous"))
    found, found_again = ([each for page in walked for each in _ids(page)] for walked in (pages, back[::-1]))

    assert (len(found), set(found)) == (7, expected)
    assert found_again == found[:6]


def test_a_walk_through_users_who_joined_together_finds_each_once(api_client: Client, db: None) -> None:
    expected = {str(make_user(date_joined=LONG_AGO).pk) for _ in range(5)}
    found = listed(api_client, "/api/v1/users?ordering=date_joined&page_size=2", "id")

    assert (len(found), set(found)) == (5, expected)


def test_a_post_that_appears_by_the_clock_is_found_at_its_position(api_client: Client, posts: list[Post]) -> None:
    first = api_client.get(f"{POSTS}?page_size=3&ordering=published_at").json()
    late = make_post(posts[0].author)

    rest = listed(api_client, first["next"], "id")

    assert rest == _ids_of([*reversed(posts[:4]), late])


ORDERINGS = [
    *("", "id", "-id", "published_at", "-published_at", "title", "-title", "created_at", "-updated_at"),
    *("title,-published_at", "-title,created_at,-updated_at", "published_at,title", "-published_at,-title,id"),
]
rank = st.integers(0, 2)
ranks = st.tuples(rank, rank, rank, rank)


@given(
    rows=st.lists(ranks, max_size=16),
    ordering=st.sampled_from(ORDERINGS),
    backward=st.booleans(),
    data=st.data(),
)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_walk_finds_each_lasting_row_exactly_once(
    rows: list[tuple[int, ...]], ordering: str, backward: bool, data: st.DataObject, member: User
) -> None:
    """Sort values are equal in part, and rows appear and disappear during the walk."""
    with transaction.atomic():
        retained = {str(row(member, *row_ranks).pk) for row_ranks in rows}
        query = f"{POSTS}?fields=id" + (f"&ordering={ordering}" if ordering else "")
        whole = [result["id"] for result in results(Client(), f"{query}&page_size=100")]
        found = list(_walk_while_rows_come_and_go(query, member, data, retained=retained, backward=backward))

        assert [id_ for id_ in found if id_ in retained] == (whole[::-1] if backward else whole)
        transaction.set_rollback(True)


def row(author: User, title: int, published: int, created: int, updated: int) -> Post:
    days = [LONG_AGO + timedelta(days=number) for number in (published, created, updated)]
    post = make_post(author, title="aBc"[title], published_at=days[0], at=days[1])
    Post.objects.filter(pk=post.pk).update(updated_at=days[2])
    return post


def _walk_while_rows_come_and_go(
    query: str, author: User, data: st.DataObject, *, retained: set[str], backward: bool
) -> Iterator[str]:
    """The ids found by following links with changing page sizes. Deletes only rows that it inserted."""
    client, passing = Client(), []
    url = f"{query}&page_size={data.draw(st.integers(1, 5), 'size')}"
    if backward:
        url = _last_page(client, url)
    while url:
        page = client.get(url).json()
        ids = [result["id"] for result in page["results"]]
        yield from reversed(ids) if backward else ids
        passing += [row(author, *each) for each in data.draw(st.lists(ranks, max_size=2), "inserted")]
        for post in data.draw(st.sets(st.sampled_from(passing), max_size=3), "deleted") if passing else ():
            passing.remove(post)
            Post.objects.filter(pk=post.pk).delete()
        url = re.sub(
            "page_size=[0-9]+", f"page_size={data.draw(st.integers(1, 5), 'size')}", _following(page, backward)
        )


def _following(page: dict[str, Any], backward: bool) -> str:
    return page["previous" if backward else "next"] or ""


def _last_page(client: Client, url: str) -> str:
    """The URL of the last page."""
    for page in walk(client, url):
        url = page["next"] or url
    return url


def _ids(page: dict[str, Any]) -> list[str]:
    return [result["id"] for result in page["results"]]


def _ids_of(posts: list[Post]) -> list[str]:
    return [str(post.pk) for post in posts]
