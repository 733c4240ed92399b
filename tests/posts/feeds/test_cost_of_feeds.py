"""A feed costs the database what a list costs, is cached and validated like one, and needs a slot if it is long."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import pytest
from django.utils import timezone

from api_project.http.request import slots
from api_project.http.viewsets import list as list_module
from posts.models import Post
from posts.services import change_post
from tests.client import Client
from tests.db.sql import columns_read, statements
from tests.posts.feeds.parsed import PATHS

pytestmark = pytest.mark.django_db
formats = pytest.mark.parametrize("name", PATHS)
LIST = "/api/v1/posts"


def cost_of(request: Callable[[], Any]) -> list[set[str]]:
    """The columns that each statement of the request reads."""
    with statements() as made:
        request()
    return [columns_read(statement) for statement in made]


@formats
@pytest.mark.parametrize("query", ["", "?tag=a", "?author=member-one", "?tag=a&tag=b"])
def test_a_feed_takes_the_statements_of_a_list(api_client: Client, post: Post, name: str, query: str) -> None:
    assert len(cost_of(lambda: api_client.get(PATHS[name] + query))) == len(
        cost_of(lambda: api_client.get(LIST + query))
    )


@formats
def test_a_304_reads_what_that_of_a_list_reads_and_renders_nothing(
    api_client: Client, post: Post, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = {path: api_client.get(path).headers["ETag"] for path in (PATHS[name], LIST)}
    monkeypatch.setattr("posts.feeds.views.to_html", None)

    def again(path: str) -> None:
        response = api_client.get(path, headers={"If-None-Match": tags[path]})
        assert (response.status_code, response.content) == (HTTPStatus.NOT_MODIFIED, b"")

    for _ in range(3):
        assert cost_of(lambda: again(PATHS[name])) == cost_of(lambda: again(LIST))


@formats
def test_a_feed_is_cached_and_validated(
    api_client: Client, post: Post, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = api_client.get(PATHS[name])
    (columns,) = cost_of(lambda: api_client.get(PATHS[name]))
    assert "posts_post.body" not in columns
    monkeypatch.setattr("posts.feeds.views.to_html", None)
    assert api_client.get(PATHS[name]).content == first.content
    monkeypatch.undo()
    change_post(post=post, at=timezone.now(), title="Changed")

    assert b"Changed" in api_client.get(PATHS[name]).content


@formats
def test_callers_share_the_compiled_query(callers: Mapping[str, Client], post: Post, name: str) -> None:
    tags = {client.get(PATHS[name]).headers["ETag"] for client in callers.values()}
    assert len(tags) == 1


@formats
def test_a_feed_has_the_headers_of_a_list(api_client: Client, member_client: Client, post: Post, name: str) -> None:
    for client in (api_client, member_client):
        feed, listed = client.get(PATHS[name]).headers, client.get(LIST).headers
        same = ("Cache-Control", "Vary", "Content-Security-Policy", "X-Content-Type-Options")
        assert [feed[header] for header in same] == [listed[header] for header in same]


@formats
def test_a_feed_is_compressed_under_its_own_tag(api_client: Client, post: Post, name: str) -> None:
    change_post(post=post, at=timezone.now(), body="word " * 500)
    plain = api_client.get(PATHS[name])
    packed = api_client.get(PATHS[name], headers={"Accept-Encoding": "gzip"})
    known = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}

    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] == plain.headers["ETag"][:-1] + '.gz"'
    assert api_client.get(PATHS[name], headers=known).status_code == HTTPStatus.NOT_MODIFIED


@formats
def test_a_feed_of_long_posts_needs_a_slot(
    api_client: Client, post: Post, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "WAIT_BUDGET", 0)
    monkeypatch.setattr(slots.FIELDS, "_wait_budget", 0)
    monkeypatch.setattr(list_module, "MAX_LENGTH_WITHOUT_SLOT", len(post.body) - 1)
    with slots.FIELDS.slot():
        assert api_client.get(PATHS[name]).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert api_client.get(PATHS[name]).status_code == HTTPStatus.OK


@formats
@pytest.mark.parametrize("wrong", ["If-None-Match", "If-Match"])
def test_preconditions_are_those_of_a_list(api_client: Client, post: Post, name: str, wrong: str) -> None:
    assert api_client.get(PATHS[name], headers={wrong: "tag"}).status_code == HTTPStatus.BAD_REQUEST
    assert api_client.get(PATHS[name], headers={"If-Match": '"old"'}).status_code == HTTPStatus.PRECONDITION_FAILED
