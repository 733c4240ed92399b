"""Idempotency-Key: a retry gets the response to the first try, and no write happens twice."""

from datetime import timedelta
from http import HTTPStatus
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from api_project.http.idempotency.key import IdempotencyKey
from api_project.http.idempotency.record import IdempotencyRecord
from posts.models import Post
from tests.client import Client
from tests.factories import PASSWORD, make_post
from users.models import Role, User
from users.services import change_account

POSTS, USERS, ME = "/api/v1/posts", "/api/v1/users", "/api/v1/users/me"
POST = {"title": "One", "body": "One"}
SIGN_UP = {"username": "newcomer", "email": "newcomer@example.com", "password": "correct-horse-battery"}
# Headers that differ between a response and its replay.
VARYING = {"X-Request-ID", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy"}


def send(client: Client, method: str, url: str, body: Any = None, key: str = "key", **headers: str) -> Any:
    return getattr(client, method)(url, body, headers={"Idempotency-Key": key, **headers})


def is_replayed(response: Any) -> bool:
    return bool(response.headers.get("Idempotency-Replayed") == "true")


def assert_same(first: Any, again: Any) -> None:
    assert not is_replayed(first)
    assert is_replayed(again)
    assert again.status_code == first.status_code
    assert again.content == first.content
    assert {name: again.headers[name] for name in set(again.headers) - VARYING} == {
        name: first.headers[name] for name in set(first.headers) - VARYING
    }


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("post", POSTS, POST),
        ("put", f"{POSTS}/the-post", POST),
        ("patch", f"{POSTS}/the-post", {"title": "Two"}),
        ("patch", f"{POSTS}/the-post", {"slug": "moved"}),
        ("delete", f"{POSTS}/the-post", None),
        ("post", USERS, SIGN_UP),
        ("put", f"{USERS}/member-two", {"username": "renamed"}),
        ("patch", f"{USERS}/member-two", {"bio": "New"}),
        ("delete", f"{USERS}/member-two", None),
        ("patch", f"{USERS}/member-two/account", {"role": "editor"}),
    ],
)
def test_a_retry_of_any_write_gets_the_first_response(
    admin_client: Client, other_member: User, method: str, url: str, body: Any
) -> None:
    """The retry works even if the write renamed or deleted the resource at its path."""
    make_post(other_member, slug="the-post")
    headers = {"If-Match": admin_client.get(url).headers["ETag"]} if method != "post" else {}
    first = send(admin_client, method, url, body, **headers)
    assert first.status_code < 300, first.content
    before = (Post.objects.count(), User.objects.count())

    assert_same(first, send(admin_client, method, url, body, **headers))
    assert_same(first, send(admin_client, method, f"{url}/", body, '"key"', **headers))
    assert (Post.objects.count(), User.objects.count()) == before


def test_a_long_response_is_replayed_compressed_as_it_was(member_client: Client) -> None:
    body = {"title": "Long", "body": "long " * 1000}
    first = send(member_client, "post", POSTS, body, **{"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"

    assert_same(first, send(member_client, "post", POSTS, body, **{"Accept-Encoding": "gzip"}))


def test_each_request_without_an_idempotency_key_writes(member_client: Client) -> None:
    slugs = {member_client.post(POSTS, POST).json()["slug"] for _ in range(2)}

    assert len(slugs) == 2
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("key", ["!", "~" * 255, '"quoted"', "a,b;c=d", '"' + "a" * 255 + '"'])
def test_an_idempotency_key_has_up_to_255_visible_characters(member_client: Client, key: str) -> None:
    assert_same(send(member_client, "post", POSTS, POST, key), send(member_client, "post", POSTS, POST, key))


@pytest.mark.parametrize("key", ["", '""', "a b", "é", "~" * 256, '"open', 'a"b', '"' + "a" * 256 + '"', "\x7f"])
def test_a_malformed_idempotency_key_is_an_error_of_its_header(member_client: Client, key: str) -> None:
    response = send(member_client, "post", POSTS, {"title": "One"}, key)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    places = [error.get("header") or error["pointer"] for error in response.json()["errors"]]
    assert places == ["Idempotency-Key", "#/body"]


def test_nothing_is_deleted_by_a_request_with_errors(member_client: Client, post: Post) -> None:
    response = send(member_client, "delete", f"{POSTS}/{post.pk}?x=1", None, "a b")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert [error.get("header") or error["parameter"] for error in response.json()["errors"]] == [
        "x",
        "Idempotency-Key",
    ]
    assert Post.objects.exists()


def test_a_read_ignores_an_idempotency_key(member_client: Client, post: Post) -> None:
    for key in ("key", "a b"):
        assert member_client.get(POSTS, headers={"Idempotency-Key": key}).status_code == HTTPStatus.OK
    assert not IdempotencyRecord.objects.exists()


OTHERS: list[tuple[str, str, Any]] = [
    ("post", POSTS, {**POST, "title": "Two"}),
    ("post", POSTS, {**POST, "excerpt": ""}),
    ("patch", f"{POSTS}/the-post", POST),
    ("put", f"{POSTS}/the-post", POST),
    ("delete", f"{POSTS}/the-post", None),
]


@pytest.mark.parametrize(("method", "url", "body"), OTHERS)
def test_an_idempotency_key_of_another_request_is_refused(
    member_client: Client, member: User, method: str, url: str, body: Any
) -> None:
    make_post(member, slug="the-post")
    first = send(member_client, "post", POSTS, POST)
    before = list(Post.objects.values())
    refused = send(member_client, method, url, body)

    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert refused.json()["code"] == "idempotency_key_reused"
    assert list(Post.objects.values()) == before
    assert_same(first, send(member_client, "post", POSTS, POST))


def test_a_reused_key_is_reported_after_all_other_errors(member_client: Client, post: Post) -> None:
    """Section 3 of the contract puts 422 last."""
    send(member_client, "post", POSTS, POST)
    url = f"{POSTS}/{post.pk}"

    assert send(member_client, "patch", f"{POSTS}/nowhere", {}).status_code == HTTPStatus.NOT_FOUND
    assert send(member_client, "patch", url, {}, **{"If-Match": '"stale"'}).status_code == 412
    assert send(member_client, "patch", url, {"title": ""}).status_code == HTTPStatus.BAD_REQUEST
    assert send(member_client, "patch", url, {"title": "Two"}).status_code == 422


def test_a_refusal_leaves_the_idempotency_key_free(member_client: Client, member: User) -> None:
    make_post(member, slug="taken")
    for refused in ({"title": "One"}, {**POST, "slug": "taken"}, {**POST, "unknown": 1}):
        assert send(member_client, "post", POSTS, refused).status_code == HTTPStatus.BAD_REQUEST
    assert send(member_client, "patch", f"{POSTS}/taken", {}, **{"If-Match": '"stale"'}).status_code == 412
    assert not IdempotencyRecord.objects.exists()

    assert send(member_client, "post", POSTS, POST).status_code == HTTPStatus.CREATED


def test_idempotency_keys_are_private_to_a_user(member_client: Client, other_member_client: Client) -> None:
    mine = send(member_client, "post", POSTS, POST)
    theirs = send(other_member_client, "post", POSTS, POST)

    assert not is_replayed(theirs)
    assert mine.json()["id"] != theirs.json()["id"]


def test_signing_up_anonymously_is_done_once(api_client: Client, db: None) -> None:
    first = send(api_client, "post", USERS, SIGN_UP)

    assert first.status_code == HTTPStatus.CREATED
    assert_same(first, send(Client(), "post", USERS, SIGN_UP))
    assert User.objects.count() == 1


def test_an_anonymous_key_reveals_nothing_to_another_request(api_client: Client, db: None) -> None:
    """Otherwise a guessed key would reveal another client's response."""
    send(api_client, "post", USERS, SIGN_UP)
    other = {**SIGN_UP, "username": "another", "email": "another@example.com"}

    assert send(api_client, "post", USERS, other).json()["username"] == "another"
    assert send(api_client, "post", USERS, {**SIGN_UP, "password": "guessed-password"}).status_code == 400


def test_an_idempotency_key_survives_a_new_secret_key(
    member_client: Client, api_client: Client, member: User, settings: Settings
) -> None:
    mine = send(member_client, "post", POSTS, POST)
    signed_up = send(api_client, "post", USERS, SIGN_UP)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, as good as the one before it"

    assert_same(mine, send(member_client, "post", POSTS, POST))
    assert_same(signed_up, send(api_client, "post", USERS, SIGN_UP))


def test_a_caller_who_lost_the_right_is_refused_and_gets_no_replay(
    editor_client: Client, editor: User, post: Post, draft: Post
) -> None:
    urls = [f"{POSTS}/{each.pk}" for each in (post, draft)]
    for url in urls:
        assert send(editor_client, "patch", url, {"title": "Two"}, key=url).status_code == HTTPStatus.OK
    change_account(user=editor, role=Role.MEMBER)

    statuses = [send(editor_client, "patch", url, {"title": "Two"}, key=url).status_code for url in urls]
    assert statuses == [HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND]
    change_account(user=editor, is_active=False)
    assert send(editor_client, "patch", urls[0], {"title": "Two"}, key=urls[0]).status_code == 401


def test_a_retry_counts_against_the_limit(member_client: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = {"user": (2, 60)}
    statuses = [send(member_client, "post", POSTS, POST).status_code for _ in range(3)]

    assert statuses == [HTTPStatus.CREATED, HTTPStatus.CREATED, HTTPStatus.TOO_MANY_REQUESTS]


def test_a_retry_of_a_change_to_a_post_deleted_since_is_not_found(
    member_client: Client, editor_client: Client, post: Post
) -> None:
    url = f"{POSTS}/{post.pk}"
    send(member_client, "patch", url, {"title": "Two"})
    editor_client.delete(url)

    assert send(member_client, "patch", url, {"title": "Two"}).status_code == HTTPStatus.NOT_FOUND


def test_a_retry_replays_the_first_change_although_another_post_took_the_slug(
    member_client: Client, member: User, other_member: User
) -> None:
    make_post(member, slug="before")
    first = send(member_client, "patch", f"{POSTS}/before", {"slug": "after"})
    make_post(other_member, slug="before")

    assert_same(first, send(member_client, "patch", f"{POSTS}/before", {"slug": "after"}))


def test_responses_are_stored_for_a_day(member_client: Client) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=23, minutes=59)):
        recent = send(member_client, "post", POSTS, POST, "recent").json()["id"]
    with time_machine.travel(timezone.now() - timedelta(hours=24, minutes=1)):
        old = send(member_client, "post", POSTS, POST, "old").json()["id"]

    assert send(member_client, "post", POSTS, POST, "recent").json()["id"] == recent
    again = send(member_client, "post", POSTS, POST, "old")
    assert not is_replayed(again)
    assert again.json()["id"] != old
    assert is_replayed(send(member_client, "post", POSTS, POST, "old"))


def test_the_prune_command_deletes_expired_idempotency_records(member_client: Client) -> None:
    for key, age in (("old", 25), ("recent", 23)):
        with time_machine.travel(timezone.now() - timedelta(hours=age)):
            send(member_client, "post", POSTS, POST, key)

    call_command("prune", stdout=StringIO())
    assert IdempotencyRecord.objects.count() == 1
    assert is_replayed(send(member_client, "post", POSTS, POST, "recent"))


def test_no_stored_record_holds_a_secret(api_client: Client, member_client: Client) -> None:
    send(api_client, "post", USERS, SIGN_UP, "a-secret-key")
    send(member_client, "post", POSTS, POST, "a-secret-key")
    stored = "\n".join(
        str([bytes(v) if isinstance(v, memoryview) else v for v in row])
        for row in IdempotencyRecord.objects.values_list()
    )

    assert "newcomer" in stored
    for secret in (SIGN_UP["password"], PASSWORD, "a-secret-key", "argon2", "Bearer"):
        assert secret not in stored


def test_closing_an_account_erases_the_responses_to_it_and_about_it(
    member_client: Client, member: User, admin_client: Client, other_member_client: Client
) -> None:
    post = send(member_client, "post", POSTS, POST)
    send(admin_client, "patch", post.headers["Location"], {"title": "Two"})
    send(admin_client, "patch", f"{USERS}/{member.pk}/account", {"role": "editor"}, "other")
    send(other_member_client, "post", POSTS, POST)
    assert IdempotencyRecord.objects.count() == 4

    assert send(member_client, "delete", ME, None, "last").status_code == HTTPStatus.NO_CONTENT

    (left,) = IdempotencyRecord.objects.all()
    assert b"member-two" in bytes(left.body)


@pytest.mark.parametrize(("method", "body"), [("delete", None), ("patch", {"slug": "elsewhere"})])
def test_a_duplicate_that_the_first_request_overtakes_gets_its_response(
    method: str, body: dict[str, str] | None, member_client: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request ends after the duplicate fetched its record, and before it fetches the resource."""
    url, find_record = f"/api/v1/posts/{post.slug}", IdempotencyKey.find_record
    first: list[Any] = []

    def send() -> Any:
        return getattr(member_client, method)(url, body, headers={"Idempotency-Key": "key"})

    def find_record_early(key: IdempotencyKey) -> IdempotencyRecord | None:
        found = find_record(key)
        if not first:
            first.append(None)
            first[0] = send()
        return found

    monkeypatch.setattr(IdempotencyKey, "find_record", find_record_early)
    duplicate = send()

    assert (duplicate.status_code, duplicate.content) == (first[0].status_code, first[0].content)
    assert duplicate.headers["Idempotency-Replayed"] == "true"
