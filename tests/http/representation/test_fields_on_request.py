"""A field on request is shown, and computed, only if `fields` names it: the HTML of a post's body."""

from http import HTTPStatus
from typing import Any

import pytest

from api_project.http.request import slots
from api_project.http.viewsets import list as list_module
from api_project.markdown import to_html
from posts.models import Post
from tests.client import Client
from tests.db.sql import columns_read, statements
from tests.factories import make_post

POSTS = "/api/v1/posts"
HTML = "<p>A <em>body</em></p>\n"


@pytest.fixture
def post(db: None) -> Post:
    return make_post(body="A *body*")


@pytest.fixture
def url(request: pytest.FixtureRequest, post: Post) -> str:
    """The list that contains only the post, and the post itself."""
    return POSTS if request.param == "list" else f"{POSTS}/{post.pk}"


both = pytest.mark.parametrize("url", ["list", "single"], indirect=True)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that become HTML."""
    sources: list[str] = []

    def render(source: str) -> str:
        sources.append(source)
        return to_html(source)

    monkeypatch.setattr("posts.serializers.to_html", render)
    return sources


def first(response: Any) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    result: dict[str, Any] = body["results"][0] if "results" in body else body
    return result


@both
def test_it_is_shown_when_it_is_requested(api_client: Client, url: str, post: Post) -> None:
    assert first(api_client.get(url, {"fields": "id,body_html"})) == {"id": str(post.pk), "body_html": HTML}


@both
def test_it_is_neither_shown_nor_computed_by_default(api_client: Client, url: str, rendered: list[str]) -> None:
    assert "body_html" not in first(api_client.get(url))
    assert rendered == []


@both
def test_a_304_computes_nothing(api_client: Client, url: str, rendered: list[str]) -> None:
    """Neither does a cached response, which the third is."""
    query = {"fields": "body_html"}
    tag = api_client.get(url, query).headers["ETag"]
    known = [api_client.get(url, query, headers={"If-None-Match": tag}) for _ in range(3)]
    again = [first(api_client.get(url, query)) for _ in range(3)]

    assert [response.status_code for response in known] == [HTTPStatus.NOT_MODIFIED] * 3
    assert again == [{"body_html": HTML}] * 3
    assert len(rendered) == 1


@both
def test_it_reads_the_column_that_it_is_computed_from(api_client: Client, url: str) -> None:
    with statements() as made:
        api_client.get(url, {"fields": "body_html"})
    assert len(made) == 1
    assert "posts_post.body" in columns_read(made[0])


@both
def test_it_changes_with_the_resource(api_client: Client, admin_client: Client, url: str, post: Post) -> None:
    before = api_client.get(url, {"fields": "body_html"})
    admin_client.patch(f"{POSTS}/{post.pk}", {"body": "New"})
    after = api_client.get(url, {"fields": "body_html"}, headers={"If-None-Match": before.headers["ETag"]})

    assert (after.status_code, first(after)) == (HTTPStatus.OK, {"body_html": "<p>New</p>\n"})


def test_a_write_ignores_it_and_does_not_show_it(member_client: Client) -> None:
    response = member_client.post(POSTS, {"title": "A", "body": "b", "body_html": "<script>"})
    assert response.status_code == HTTPStatus.CREATED
    assert "body_html" not in response.json()


def test_the_change_feed_and_the_trash_do_not_show_it(member_client: Client) -> None:
    made = member_client.post(POSTS, {"title": "A", "body": "b"}).json()
    revision = member_client.get(f"{POSTS}/{made['id']}/revisions/1").json()
    member_client.delete(f"{POSTS}/{made['id']}")
    trashed = member_client.get(f"/api/v1/trash/{made['id']}").json()
    restored = member_client.post(f"/api/v1/trash/{made['id']}/restore").json()

    for shown in (revision["data"], trashed, restored):
        assert "body_html" not in shown


def test_a_list_of_long_texts_needs_a_slot(api_client: Client, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another list, and one that shows no computed field, does not wait for it."""
    monkeypatch.setattr(slots, "WAIT_BUDGET", 0)
    monkeypatch.setattr(slots.FIELDS, "_wait_budget", 0)
    with slots.FIELDS.slot():
        assert api_client.get(POSTS, {"fields": "body_html"}).status_code == HTTPStatus.OK
        monkeypatch.setattr(list_module, "MAX_LENGTH_WITHOUT_SLOT", len(post.body) - 1)
        assert api_client.get(POSTS, {"fields": "title"}).status_code == HTTPStatus.OK
        assert api_client.get(POSTS, {"fields": "body_html,id"}).status_code == HTTPStatus.SERVICE_UNAVAILABLE
