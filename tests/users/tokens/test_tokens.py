"""Creating, using, listing and revoking personal access tokens."""

import logging
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from zlib import crc32

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from tests.client import Client
from tests.users.tokens.conftest import ALL_SCOPES, TOKENS, WithToken, client_with, create
from users.models import User
from users.tokens.models import PersonalAccessToken

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BODY = {"name": "A script", "scopes": ["posts:read"]}


def checksum(random: str) -> str:
    number, text = crc32(random.encode()), ""
    while number or len(text) < 6:
        number, digit = divmod(number, 62)
        text = BASE62[digit] + text
    return text


def test_the_creation_alone_shows_the_token(member_client: Client) -> None:
    response = member_client.post(TOKENS, {**BODY, "scopes": ["posts:write", "posts:read", "posts:write"]})
    created, path = response.json(), response.headers["Location"]

    assert path == f"http://testserver{TOKENS}/{created['id']}"
    assert re.fullmatch("pau_[0-9A-Za-z]{36}", created["token"])
    assert created["token"][-4:] == created["last_four"]
    assert created["scopes"] == ["posts:read", "posts:write"]
    token = created.pop("token")
    read = member_client.get(path)
    assert (read.json(), read.headers["ETag"]) == (created, response.headers["ETag"])
    assert member_client.get(TOKENS).json()["results"] == [created]
    assert token not in read.text


def test_no_cache_stores_the_token(member_client: Client) -> None:
    for headers in ({}, {"Idempotency-Key": "once"}, {"Idempotency-Key": "once"}):
        response = member_client.post(TOKENS, BODY, headers=headers)
        assert "token" in response.json()
        assert response.headers["Cache-Control"] == "no-store"


def test_the_last_characters_are_a_checksum_of_the_others(member_client: Client) -> None:
    for _ in range(20):
        token = create(member_client)["token"]
        assert token[34:] == checksum(token[4:34])


def test_a_token_acts_for_its_user(member: User, with_token: WithToken) -> None:
    client = with_token()
    post = client.post("/api/v1/posts", {"title": "By a script", "body": "Any"})

    assert post.json()["author"]["username"] == member.username
    assert client.get("/api/v1/users/me").json()["username"] == member.username
    assert client.get("/api/v1/posts?status=any&author=me").json()["results"] == [post.json()]


@pytest.mark.parametrize("path", ["/api/v1/users/me", "/api/v1/posts"])
def test_a_token_is_found_by_one_query_as_a_session_is(member_client: Client, with_token: WithToken, path: str) -> None:
    token_client = with_token("account:read", "posts:read")
    token_client.get(path)  # Records the hour.
    with CaptureQueriesContext(connection) as by_session:
        assert member_client.get(path).status_code == HTTPStatus.OK
    with CaptureQueriesContext(connection) as by_token:
        assert token_client.get(path).status_code == HTTPStatus.OK
    assert len(by_token) == len(by_session)
    (lookup,) = (query["sql"] for query in by_token if "personalaccesstoken" in query["sql"])
    assert "users_user" in lookup


@pytest.mark.parametrize("change", ["cut", "mistyped", "long", "bad characters"])
def test_a_malformed_token_costs_no_query(member_client: Client, change: str) -> None:
    token = create(member_client)["token"]
    other = "a" if token[10] != "a" else "b"
    changed = {
        "cut": token[:-1],
        "mistyped": token[:10] + other + token[11:],
        "long": token + "0" * 5000,
        "bad characters": token[:10] + "é-"[1] + token[11:],
    }
    with CaptureQueriesContext(connection) as queries:
        response = client_with(changed[change]).get("/api/v1/posts")
    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert "mistyped" in response.json()["detail"]
    assert len(queries) == 0


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"#/name": "required", "#/scopes": "required"}),
        ({"name": "", "scopes": []}, {"#/name": "blank", "#/scopes": "empty"}),
        ({**BODY, "scopes": "posts:read"}, {"#/scopes": "not_a_list"}),
        ({**BODY, "scopes": ["posts:read", "posts:delete"]}, {"#/scopes/1": "invalid_choice"}),
        ({**BODY, "scopes": ["posts:read"] * 5}, {"#/scopes": "max_length"}),
        ({**BODY, "name": "x" * 101}, {"#/name": "max_length"}),
        ({**BODY, "expires_at": "2026-11-30T12:00:00Z"}, {"#/expires_at": "out_of_range"}),
        ({**BODY, "expires_at": "2027-11-30T12:00:00.000001Z"}, {"#/expires_at": "out_of_range"}),
        ({**BODY, "expires_at": "tomorrow"}, {"#/expires_at": "invalid"}),
        ({**BODY, "token": "pau_mine"}, {"#/token": "unknown_field"}),
    ],
)
def test_wrong_input_is_refused(member_client: Client, body: dict[str, Any], errors: dict[str, str]) -> None:
    with time_machine.travel(datetime(2026, 11, 30, 12, tzinfo=UTC), tick=False):
        member_client.sign_in(User.objects.get())
        response = member_client.post(TOKENS, body)
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert {each["pointer"]: each["code"] for each in response.json()["errors"]} == errors


def test_a_token_lives_for_90_days_unless_the_client_says_how_long(member: User, member_client: Client) -> None:
    with time_machine.travel(datetime(2028, 2, 29, 12, tzinfo=UTC), tick=False):
        member_client.sign_in(member)
        assert create(member_client)["expires_at"] == "2028-05-29T12:00:00.000000Z"
        assert create(member_client, expires_at=None)["expires_at"] == "2028-05-29T12:00:00.000000Z"
        longest = "2029-03-01T12:00:00.000000Z"
        assert create(member_client, expires_at=longest)["expires_at"] == longest


def test_an_expired_token_is_refused_and_not_listed(member_client: Client, member: User) -> None:
    expires_at = datetime.now(UTC) + timedelta(days=1)
    token = create(member_client, expires_at=expires_at.isoformat())
    client = client_with(token["token"])
    with time_machine.travel(expires_at - timedelta(seconds=1), tick=False):
        assert client.get("/api/v1/users/me").status_code == HTTPStatus.OK
    with time_machine.travel(expires_at, tick=False):
        member_client.sign_in(member)
        assert client.get("/api/v1/users/me").status_code == HTTPStatus.UNAUTHORIZED
        assert member_client.get(TOKENS).json()["results"] == []
        assert member_client.get(f"{TOKENS}/{token['id']}").status_code == HTTPStatus.NOT_FOUND


def test_a_revoked_token_is_refused_from_the_next_request_on(member_client: Client) -> None:
    token = create(member_client)
    client = client_with(token["token"])
    for _ in range(3):  # So that the responses are cached.
        assert client.get("/api/v1/posts").status_code == HTTPStatus.OK
        assert client.get("/api/v1/users/me").status_code == HTTPStatus.OK
    assert member_client.delete(f"{TOKENS}/{token['id']}").status_code == HTTPStatus.NO_CONTENT
    for path in ("/api/v1/posts", "/api/v1/users/me"):
        response = client.get(path)
        assert response.status_code == HTTPStatus.UNAUTHORIZED
        assert "revoked" in response.json()["detail"]


def test_the_hour_of_the_last_use_is_shown(
    member: User, member_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token = create(member_client, expires_at=(datetime.now(UTC) + timedelta(days=9)).isoformat())
    assert token["last_used_at"] is None
    client, day = client_with(token["token"]), (datetime.now(UTC) + timedelta(days=1)).date()
    for time, shown in (("09:59:59", "09"), ("10:00:00", "10"), ("10:30:00", "10"), ("11:15:00", "11")):
        with time_machine.travel(datetime.fromisoformat(f"{day}T{time}Z"), tick=False):
            assert client.get("/api/v1/users/me").status_code == HTTPStatus.OK
            with django_assert_num_queries(2):  # It is recorded once an hour.
                client.get("/api/v1/users/me")
            member_client.sign_in(member)
            read = member_client.get(f"{TOKENS}/{token['id']}").json()
            assert read["last_used_at"] == f"{day}T{shown}:00:00.000000Z"


def test_a_user_sees_and_revokes_only_their_own_tokens(member_client: Client, admin_client: Client) -> None:
    path = f"{TOKENS}/{create(member_client)['id']}"

    assert admin_client.get(TOKENS).json()["results"] == []
    assert admin_client.get(path).status_code == HTTPStatus.NOT_FOUND
    assert admin_client.delete(path).status_code == HTTPStatus.NOT_FOUND
    assert member_client.get(path).status_code == HTTPStatus.OK


@pytest.mark.parametrize("rotates", [False, True])
def test_a_retry_of_a_creation_gets_the_same_token(
    member_client: Client, member: User, settings: Settings, *, rotates: bool
) -> None:
    headers = {"Idempotency-Key": "once"}
    first = member_client.post(TOKENS, BODY, headers=headers)
    if rotates:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key" * 9, [settings.SECRET_KEY]
        member_client.sign_in(member)
    again = member_client.post(TOKENS, BODY, headers=headers)

    assert again.json() == first.json()
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (HTTPStatus.CREATED, "true")
    assert client_with(again.json()["token"]).get("/api/v1/posts").status_code == HTTPStatus.OK
    assert PersonalAccessToken.objects.count() == 1


def test_equal_keys_of_two_users_give_different_tokens(member_client: Client, other_member_client: Client) -> None:
    headers = {"Idempotency-Key": "1"}
    tokens = [client.post(TOKENS, BODY, headers=headers).json() for client in (member_client, other_member_client)]
    assert tokens[0]["token"] != tokens[1]["token"]


@pytest.mark.django_db(transaction=True)
def test_the_secret_is_stored_and_logged_nowhere(member_client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    created = member_client.post(TOKENS, BODY, headers={"Idempotency-Key": "once"}).json()
    client = client_with(created["token"])
    client.get("/api/v1/posts")
    client.post("/api/v1/posts", {"title": "x", "body": "y"}, headers={"Idempotency-Key": "again"})
    client.post("/api/v1/batch", {"operations": [{"method": "POST", "path": TOKENS, "body": BODY}]})

    stored = [str(row) for model in apps.get_models() for row in model._base_manager.values_list()]
    assert any(created["id"] in row for row in stored)
    for text in (*stored, caplog.text):
        assert created["token"] not in text
        assert created["token"][4:34] not in text


def test_a_batch_creates_no_token(member_client: Client) -> None:
    for atomic, status in ((True, HTTPStatus.BAD_REQUEST), (False, HTTPStatus.OK)):
        operations = [{"method": "POST", "path": TOKENS, "body": BODY}]
        response = member_client.post("/api/v1/batch", {"operations": operations, "atomic": atomic})
        assert response.status_code == status
        assert "request of its own" in response.text
    assert not PersonalAccessToken.objects.exists()


def test_a_token_is_shown_without_its_secret_by_the_fields_that_are_requested(member_client: Client) -> None:
    create(member_client)
    assert set(member_client.get(f"{TOKENS}?fields=name,scopes").json()["results"][0]) == {"name", "scopes"}
    assert member_client.get(f"{TOKENS}?fields=digest").status_code == HTTPStatus.BAD_REQUEST


def test_all_scopes_can_be_given(member_client: Client) -> None:
    assert create(member_client)["scopes"] == sorted(ALL_SCOPES)
