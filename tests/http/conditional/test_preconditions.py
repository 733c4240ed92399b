"""Conditional writes: If-Match compares the state, and a stale write changes nothing."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
from pytest_django import Settings

from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from users.models import User

POSTS, ME, ACCOUNT = "/api/v1/posts", "/api/v1/users/me", "/api/v1/users/me/account"


@dataclass(frozen=True)
class Write:
    method: str
    kind: str
    body: dict[str, Any] | None

    def __str__(self) -> str:
        return f"{self.method} {self.kind}"

    def url(self, post: Post) -> str:
        return {"post": f"{POSTS}/{post.pk}", "user": ME, "account": ACCOUNT}[self.kind]

    def send(self, client: Client, post: Post, **headers: str) -> Any:
        return send(client, self.method, self.url(post), self.body, **headers)


WRITES = [
    Write("put", "post", {"title": "New", "body": "New"}),
    Write("patch", "post", {"title": "New"}),
    Write("delete", "post", None),
    Write("put", "user", {"username": "renamed"}),
    Write("patch", "user", {"bio": "New"}),
    Write("delete", "user", None),
    Write("patch", "account", {}),
]
writes = pytest.mark.parametrize("write", WRITES, ids=str)


def send(client: Client, method: str, url: str, body: Any, **headers: str) -> Any:
    return getattr(client, method)(url, body, headers={name.replace("_", "-"): text for name, text in headers.items()})


@pytest.fixture
def url(post: Post) -> str:
    return f"{POSTS}/{post.pk}"


@writes
def test_a_write_on_condition_of_the_current_state_is_done(member_client: Client, post: Post, write: Write) -> None:
    tag = member_client.get(write.url(post)).headers["ETag"]
    response = write.send(member_client, post, If_Match=tag)

    assert response.status_code == (HTTPStatus.NO_CONTENT if write.method == "delete" else HTTPStatus.OK)
    if write.method != "delete":
        after = member_client.get(write.url(post))
        assert response.headers["ETag"] == after.headers["ETag"]
        assert response.json() == after.json()
        assert (after.headers["ETag"] == tag) == (write.body == {})


@writes
@pytest.mark.parametrize("condition", ['"stale"', "W/{tag}", '"a", "b"', '"*"'])
def test_a_write_on_any_other_condition_is_refused_with_the_current_tag(
    member_client: Client, post: Post, write: Write, condition: str
) -> None:
    before = member_client.get(write.url(post))
    response = write.send(member_client, post, If_Match=condition.format(tag=before.headers["ETag"]))

    assert response.status_code == HTTPStatus.PRECONDITION_FAILED
    assert response.json()["code"] == "precondition_failed"
    assert response.headers["ETag"] == before.headers["ETag"]
    assert member_client.get(write.url(post)).json() == before.json()


@pytest.mark.parametrize("condition", ["*", '"other", {tag}', ' {tag} ,"other"'])
def test_if_match_takes_a_star_and_one_of_several_tags(member_client: Client, url: str, condition: str) -> None:
    tag = member_client.get(url).headers["ETag"]

    assert send(member_client, "patch", url, {"title": "New"}, If_Match=condition.format(tag=tag)).status_code == 200


@pytest.mark.parametrize(
    ("query", "headers"),
    [("", {"Accept-Encoding": "gzip"}), ("?fields=id", {}), ("?fields=title,body", {"Accept-Encoding": "gzip"})],
)
def test_the_tag_of_any_variant_satisfies_the_condition(
    member_client: Client, url: str, query: str, headers: dict[str, str]
) -> None:
    Post.objects.update(body="long " * 1000)
    tag = member_client.get(url + query, headers=headers).headers["ETag"]
    assert tag != member_client.get(url).headers["ETag"]

    assert send(member_client, "patch", url, {"title": "New"}, If_Match=tag).status_code == HTTPStatus.OK
    assert send(member_client, "patch", url, {"title": "New"}, If_Match=tag).status_code == 412


def test_the_tag_that_a_write_returns_satisfies_the_next_condition(member_client: Client) -> None:
    created = member_client.post(POSTS, {"title": "One", "body": "One"})
    url = created.headers["Location"]
    changed = send(member_client, "patch", url, {"title": "Two"}, If_Match=created.headers["ETag"])
    assert changed.status_code == HTTPStatus.OK
    again = send(member_client, "put", url, {"title": "Three", "body": "3"}, If_Match=changed.headers["ETag"])
    assert again.status_code == HTTPStatus.OK
    assert send(member_client, "delete", url, None, If_Match=again.headers["ETag"]).status_code == 204


def test_the_tag_of_a_new_profile_is_the_tag_at_its_url(api_client: Client, db: None) -> None:
    body = {"username": "newcomer", "email": "new@example.com", "password": "correct-horse-battery"}
    created = api_client.post("/api/v1/users", body)

    assert created.headers["Location"].endswith(f"/api/v1/users/{created.json()['id']}")
    assert created.headers["ETag"] == api_client.get(created.headers["Location"]).headers["ETag"]


def test_a_change_of_the_author_alone_makes_a_condition_on_the_post_stale(
    member_client: Client, member: User, url: str
) -> None:
    tag = member_client.get(url).headers["ETag"]
    User.objects.filter(pk=member.pk).update(display_name="Renamed")

    assert send(member_client, "patch", url, {"title": "New"}, If_Match=tag).status_code == 412


@writes
@pytest.mark.parametrize("required", [True, False])
def test_a_write_without_condition_is_refused_where_conditions_are_required(
    member_client: Client, post: Post, write: Write, required: bool, settings: Settings
) -> None:
    settings.REQUIRE_IF_MATCH = required
    response = write.send(member_client, post)

    assert (response.status_code == HTTPStatus.PRECONDITION_REQUIRED) == required
    assert response.status_code < 400 or response.json()["code"] == "precondition_required"


def test_creating_needs_no_condition_where_conditions_are_required(member_client: Client, settings: Settings) -> None:
    settings.REQUIRE_IF_MATCH = True

    assert member_client.post(POSTS, {"title": "One", "body": "One"}).status_code == HTTPStatus.CREATED


def test_a_condition_of_another_tag_alone_does_not_satisfy_the_requirement(
    member_client: Client, url: str, settings: Settings
) -> None:
    settings.REQUIRE_IF_MATCH = True

    assert send(member_client, "patch", url, {}, If_None_Match='"other"').status_code == 428


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("condition", ["tag", '"open', "W/*", '"a" "b"', "", '*, "a"'])
def test_a_malformed_condition_is_an_error_of_its_header(
    member_client: Client, url: str, condition: str, required: bool, settings: Settings
) -> None:
    """It is reported together with all other errors."""
    settings.REQUIRE_IF_MATCH = required
    response = send(member_client, "patch", f"{url}?x=1", {"title": ""}, If_Match=condition, Idempotency_Key="a b")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    places = [next(iter(error.items())) for error in response.json()["errors"]]
    assert places == [
        ("parameter", "x"),
        ("header", "If-Match"),
        ("header", "Idempotency-Key"),
        ("pointer", "#/title"),
    ]


def test_a_write_with_a_matching_if_none_match_is_refused(member_client: Client, url: str) -> None:
    """RFC 9110 §13.1.2, for methods other than GET."""
    tag = member_client.get(url).headers["ETag"]
    part = member_client.get(url, {"fields": "id"}).headers["ETag"]

    for condition in (tag, f"W/{tag}", part, "*"):
        assert send(member_client, "patch", url, {"title": "New"}, If_None_Match=condition).status_code == 412
    assert send(member_client, "patch", url, {"title": "New"}, If_None_Match='"other"').status_code == 200


def test_a_stale_condition_is_reported_before_invalid_input(member_client: Client, url: str) -> None:
    response = send(member_client, "patch", f"{url}?x=1", {"title": ""}, If_Match='"stale"', Idempotency_Key="a b")

    assert response.status_code == HTTPStatus.PRECONDITION_FAILED


def test_a_write_that_changes_nothing_leaves_the_tag_alone(member_client: Client, post: Post, url: str) -> None:
    before = member_client.get(url)
    again = send(member_client, "patch", url, before.json(), If_Match=before.headers["ETag"])

    assert again.headers["ETag"] == before.headers["ETag"]
    assert again.json() == before.json()
    assert send(member_client, "patch", url, {"title": "New"}, If_Match=before.headers["ETag"]).status_code == 200


def test_a_post_in_the_place_of_a_deleted_one_has_another_tag(member_client: Client, member: User) -> None:
    url = f"{POSTS}/the-place"
    fields: dict[str, Any] = {"slug": "the-place", "title": "Same", "body": "Same"}
    first = make_post(member, **fields)
    tag = member_client.get(url).headers["ETag"]
    first.delete()
    make_post(member, at=first.created_at, **fields)

    assert send(member_client, "delete", url, None, If_Match=tag).status_code == HTTPStatus.PRECONDITION_FAILED
