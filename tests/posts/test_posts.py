"""Posts: their fields, and the effect of each write on the fields that it names and omits."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from posts.models import Post
from posts.views import PostViewSet
from tests.client import Client
from tests.factories import make_post
from users.models import User
from users.services import close_account

POSTS = "/api/v1/posts"
NOON = datetime(2030, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
FIELDS = "id slug title body excerpt status published_at author tags created_at updated_at".split()


def created(client: Client, **body: Any) -> Any:
    response = client.post(POSTS, {"title": "A title", "body": "A body", **body})
    assert response.status_code == HTTPStatus.CREATED, response.content
    return response.json()


def changed(client: Client, post: dict[str, Any], method: str = "patch", /, **body: Any) -> Any:
    response = getattr(client, method)(f"{POSTS}/{post['id']}", body)
    assert response.status_code == HTTPStatus.OK, response.content
    return response.json()


def errors(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == HTTPStatus.BAD_REQUEST, response.content
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


@time_machine.travel(NOON, tick=False)
def test_a_new_post_is_shown_whole_and_published_at_once(member: User, member_client: Client) -> None:
    member_client.sign_in(member)
    post = created(member_client)

    assert list(post) == FIELDS
    assert UUID(post["id"]).version == 7
    assert post == {
        "id": post["id"],
        "slug": "a-title",
        "title": "A title",
        "body": "A body",
        "excerpt": "",
        "status": "published",
        "published_at": "2030-01-01T12:00:00.123456Z",
        "author": {"id": str(member.pk), "username": "member-one", "display_name": ""},
        "tags": [],
        "created_at": "2030-01-01T12:00:00.123456Z",
        "updated_at": "2030-01-01T12:00:00.123456Z",
    }
    assert member_client.get(f"{POSTS}/a-title").json() == post


def test_creating_a_post_returns_its_location(member_client: Client) -> None:
    response = member_client.post(POSTS, {"title": "A title", "body": "A body"})

    assert response.headers["Location"] == f"http://testserver/api/v1/posts/{response.json()['id']}"
    assert member_client.get(response.headers["Location"]).json() == response.json()


@pytest.mark.parametrize(
    ("given", "shown", "status"),
    [
        (None, None, "draft"),
        ("2030-01-01T12:00:01Z", "2030-01-01T12:00:01.000000Z", "scheduled"),
        ("2030-01-01T14:00:00.1+02:00", "2030-01-01T12:00:00.100000Z", "published"),
        ("1999-12-31T23:59:59.123456-11:30", "2000-01-01T11:29:59.123456Z", "published"),
    ],
)
def test_the_status_follows_from_the_time_of_publication(
    member: User, member_client: Client, given: str | None, shown: str | None, status: str
) -> None:
    with time_machine.travel(NOON, tick=False):
        member_client.sign_in(member)
        post = created(member_client, published_at=given)

    assert (post["published_at"], post["status"]) == (shown, status)


def test_a_scheduled_post_appears_by_itself(api_client: Client, member: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        url = f"{POSTS}/{make_post(member, at=NOON, published_at=NOON + timedelta(hours=1)).pk}"
        seen = []
        for _ in range(3):
            seen.append((api_client.get(url).status_code, len(api_client.get(POSTS).json()["results"])))
            clock.shift(timedelta(minutes=30))

    assert seen == [(404, 0), (404, 0), (200, 1)]


def test_put_resets_what_it_omits_but_keeps_the_slug_and_the_time_of_publication(member_client: Client) -> None:
    before = created(member_client, slug="kept", excerpt="Short", tags=["a"], published_at=None)
    after = changed(member_client, before, "put", title="New", body="New")

    reset = {"title": "New", "body": "New", "excerpt": "", "tags": [], "updated_at": after["updated_at"]}
    assert after == before | reset


@pytest.mark.parametrize("missing", ["title", "body"])
def test_put_takes_a_title_and_a_body(member_client: Client, post: Post, missing: str) -> None:
    body = {"title": "New", "body": "New"}
    del body[missing]

    assert errors(member_client.put(f"{POSTS}/{post.pk}", body)) == [(f"#/{missing}", "required")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slug", "another"),
        ("title", "Another"),
        ("body", " exactly\r\n\tas it is "),
        ("excerpt", "Another"),
        ("published_at", "2020-01-01T00:00:00.000000Z"),
        ("tags", ["b", "c"]),
    ],
)
def test_patch_changes_only_what_it_names(member_client: Client, name: str, value: Any) -> None:
    before = created(member_client, excerpt="Short", tags=["a"])
    after = changed(member_client, before, **{name: value})

    assert after == before | {name: value, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    assert member_client.get(f"{POSTS}/{before['id']}").json() == after


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_null_means_the_default(member_client: Client, method: str) -> None:
    nulls = {"slug": None, "excerpt": None, "tags": None, "published_at": None}
    before = created(member_client, slug="kept", excerpt="Short", tags=["a"])
    body = {"title": "A title", "body": "A body", **nulls}
    after = created(member_client, **body) if method == "post" else changed(member_client, before, method, **body)

    assert (after["excerpt"], after["tags"], after["status"]) == ("", [], "draft")
    assert after["slug"] == ("a-title" if method == "post" else "kept")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_null_title_or_body_is_refused(member_client: Client, post: Post, method: str) -> None:
    response = getattr(member_client, method)(f"{POSTS}/{post.pk}", {"title": None, "body": None})

    assert errors(response) == [("#/title", "null"), ("#/body", "null")]


def test_text_is_trimmed_but_a_body_is_stored_exactly(member_client: Client) -> None:
    text = " \t\u00a0text\u3000\n"
    post = created(member_client, title=text, excerpt=text, body=text)

    assert (post["title"], post["excerpt"], post["body"]) == ("text", "text", text)


@pytest.mark.parametrize(
    ("name", "longest", "code"),
    [("title", "é" * 200, "max_length"), ("body", "é" * 100_000, "max_length"), ("excerpt", "é" * 300, "max_length")],
)
def test_text_may_be_as_long_as_documented_and_no_longer(
    member_client: Client, name: str, longest: str, code: str
) -> None:
    assert created(member_client, **{name: longest})[name] == longest
    assert created(member_client, **{name: longest if name == "body" else f" {longest} "})[name] == longest
    response = member_client.post(POSTS, {"title": "A title", "body": "A body", name: longest + "é"})
    assert errors(response) == [(f"#/{name}", code)]


@pytest.mark.parametrize("name", ["title", "body"])
def test_an_empty_title_or_body_is_refused(member_client: Client, name: str) -> None:
    assert errors(member_client.post(POSTS, {"title": "A title", "body": "A body", name: ""})) == [
        (f"#/{name}", "blank")
    ]


def test_all_errors_are_reported_at_once_and_nothing_is_written(member_client: Client) -> None:
    body = {"title": "", "excerpt": "x" * 301, "tags": ["good", "!", 7, ["x"]], "published_at": "soon", "colour": "red"}

    assert sorted(errors(member_client.post(POSTS, body))) == [
        ("#/body", "required"),
        ("#/colour", "unknown_field"),
        ("#/excerpt", "max_length"),
        ("#/published_at", "invalid"),
        ("#/tags/1", "no_slug"),
        ("#/tags/2", "invalid"),
        ("#/tags/3", "invalid"),
        ("#/title", "blank"),
    ]
    assert not Post.objects.exists()


@pytest.mark.parametrize("value", [7, 7.5, True])
@pytest.mark.parametrize("name", ["title", "body", "excerpt", "slug"])
def test_a_number_is_refused_as_text(member_client: Client, name: str, value: object) -> None:
    response = member_client.post(POSTS, {"title": "A title", "body": "A body", name: value})
    assert errors(response) == [(f"#/{name}", "invalid")]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_whole_record_may_be_sent_back(member_client: Client, post: Post, method: str) -> None:
    """Neither the tag nor `updated_at` moves, since nothing changes."""
    before = member_client.get(f"{POSTS}/{post.pk}")
    response = getattr(member_client, method)(f"{POSTS}/{post.pk}", before.json())

    assert response.json() == before.json()
    assert response.headers["ETag"] == before.headers["ETag"]


def test_fields_that_the_server_sets_are_not_written(member_client: Client, editor: User) -> None:
    owned: dict[str, Any] = {
        "id": "0190e8a0-0000-7000-8000-000000000000",
        "author": {"id": str(editor.pk), "username": "editor-one"},
        "created_at": "2000-01-01T00:00:00Z",
        "updated_at": "2000-01-01T00:00:00Z",
    }
    post = created(member_client, **owned)

    for name, value in owned.items():
        assert post[name] != value
    assert changed(member_client, post, **owned) == post


def test_updated_at_moves_with_every_change_although_the_clock_stands(member: User, member_client: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        member_client.sign_in(member)
        post = created(member_client)
        times = [changed(member_client, post, title=f"Title {number}")["updated_at"] for number in range(3)]

    assert times == sorted({*times})
    assert times[0] > post["updated_at"]


def test_an_editor_s_change_leaves_the_author(editor_client: Client, post: Post, member: User) -> None:
    assert changed(editor_client, {"id": post.pk}, title="New")["author"]["id"] == str(member.pk)


def test_a_plain_html_form_can_create(member_client: Client) -> None:
    form = "csrfmiddlewaretoken=x&title=A+title&body=+A+body%0D%0A&excerpt=&slug=&published_at=&tags=B&tags=a+c"
    response = member_client.post(POSTS, form, content_type="application/x-www-form-urlencoded")
    post = response.json()

    assert response.status_code == HTTPStatus.CREATED
    assert (post["body"], post["slug"], post["status"]) == (" A body\r\n", "a-title", "published")
    assert post["tags"] == ["a-c", "b"]


def test_a_form_may_have_one_tag(member_client: Client) -> None:
    form = "title=A+title&body=A+body&tags=alone"
    response = member_client.post(POSTS, form, content_type="application/x-www-form-urlencoded")

    assert response.json()["tags"] == ["alone"]


def test_deleting_a_post_returns_no_content_and_removes_the_post(member_client: Client, post: Post) -> None:
    url = f"{POSTS}/{post.pk}"
    response = member_client.delete(url)

    assert (response.status_code, response.content) == (HTTPStatus.NO_CONTENT, b"")
    assert [getattr(member_client, method)(url).status_code for method in ("get", "delete")] == [404, 404]


def test_posts_of_a_closed_account_stay_under_an_anonymous_author(
    api_client: Client, member: User, post: Post, draft: Post, scheduled_post: Post
) -> None:
    close_account(user=member, at=timezone.now())

    author = api_client.get(f"{POSTS}/{post.pk}").json()["author"]
    assert author["display_name"] == "Deleted user"
    assert author["username"].startswith("deleted-")
    assert list(Post.objects.all()) == [post]
    assert api_client.get(f"/api/v1/users/{author['id']}").status_code == HTTPStatus.NOT_FOUND


def test_a_request_under_way_writes_no_post_for_an_account_closed_in_the_meantime(
    member: User, member_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account closes after the caller was authenticated.

    Once the write's transaction began, closing waits for it.
    """
    validate = PostViewSet.validate

    def close_then_validate(view: PostViewSet, *args: Any, **kwargs: Any) -> Any:
        close_account(user=member, at=timezone.now())
        return validate(view, *args, **kwargs)

    monkeypatch.setattr(PostViewSet, "validate", close_then_validate)
    response = member_client.post(POSTS, {"title": "Late", "body": "Too late.", "published_at": None})

    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert not Post.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_post_that_is_deleted_during_a_change_is_not_found(
    method: str, member_client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_object_for_update = PostViewSet.get_object_for_update

    def lose_the_race(view: PostViewSet) -> Post:
        Post.objects.filter(pk=post.pk).delete()
        return get_object_for_update(view)

    monkeypatch.setattr(PostViewSet, "get_object_for_update", lose_the_race)
    body = None if method == "delete" else {"title": "New", "body": "New"}
    response = getattr(member_client, method)(f"/api/v1/posts/{post.pk}", body)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
