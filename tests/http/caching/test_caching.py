"""Cache headers never let a cache send one caller's response to another."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path as url_path

from posts.models import Post
from tests.client import Client, PlainClient
from tests.factories import PASSWORD
from tests.http.operations import Operation, operations
from users.models import User

PUBLIC = "public, max-age=0, must-revalidate"
PRIVATE = "private, no-cache"
V1 = {"Accept", "Accept-Encoding", "Authorization", "Cookie", "Origin"}
READS = [operation for operation in operations() if not operation.writes]
OF_SIGN_IN = [operation for operation in operations() if operation.template.startswith("/api/auth/")]


def varies(response: Any) -> set[str]:
    return {name.strip().title() for name in response.headers.get("Vary", "").split(",")}


@pytest.mark.parametrize("operation", [each for each in READS if each not in OF_SIGN_IN], ids=str)
def test_a_public_response_may_be_cached_and_is_revalidated(
    operation: Operation, api_client: Client, member: User
) -> None:
    response = api_client.get(operation.path(operation.make(member)))

    assert response.headers["Cache-Control"] == PUBLIC
    assert varies(response) >= V1


CREDENTIALS: list[dict[str, str]] = [
    {"Authorization": "Bearer x"},
    {"Authorization": "Basic x"},
    {"Authorization": ""},
    {"Cookie": "sessionid=x"},
    {"Cookie": "sessionid=\xe9"},
    {"Cookie": 'other="; sessionid=x'},
    {"Cookie": ""},
    {"X-Session-Token": "x"},
    {"X-Password-Reset-Key": "x"},
    {"X-Email-Verification-Key": "x"},
]


@pytest.mark.parametrize("operation", READS, ids=str)
def test_a_response_to_credentials_is_cached_privately(operation: Operation, member: User) -> None:
    path = operation.path(operation.make(member))
    for headers in CREDENTIALS:
        control = PlainClient().get(path, headers=headers).headers["Cache-Control"]

        assert "private" in control, headers
        assert "no-cache" in control, headers
        assert "public" not in control, headers


@pytest.mark.parametrize("operation", [each for each in operations() if each.writes], ids=str)
def test_the_response_to_a_write_is_private(operation: Operation, api_client: Client, member: User) -> None:
    response = api_client.generic(operation.method, operation.path(operation.make(member)))

    assert "private" in response.headers["Cache-Control"]


@pytest.mark.parametrize("client", ["app", "browser"])
def test_responses_with_tokens_are_not_stored(client: str, api_client: Client, member: User) -> None:
    body = {"username": member.username, "password": PASSWORD}
    response = api_client.post(f"/api/auth/{client}/v1/auth/login", body)

    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/api/docs", "/api/auth/browser/v1/config", "/api/auth/browser/v1/nothing"])
def test_a_response_that_sets_a_cookie_is_not_public(path: str, api_client: Client, db: None) -> None:
    response = api_client.get(path)

    assert not response.cookies or "private" in response.headers["Cache-Control"]


def set_cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("{}", content_type="application/json")
    response.set_cookie("reader", "one")
    return response


urlpatterns = [url_path("api/v1/cookie", set_cookie), url_path("api/v1/none", lambda request: HttpResponse("{}"))]


@override_settings(ROOT_URLCONF=__name__)
def test_a_response_with_a_new_cookie_has_private_cache_headers() -> None:
    """The view itself sets no cache headers."""
    controls = [Client().get(f"/api/v1/{name}").headers["Cache-Control"] for name in ("cookie", "none")]

    assert controls == [PRIVATE, PUBLIC]


@pytest.mark.parametrize(
    "path", ["/api/v1/posts", "/api/v1/nothing", "/api/v1/posts/nothing", "/api/v1/users/me", "/api/v1/posts?x=1"]
)
def test_all_responses_under_v1_have_the_same_vary(path: str, api_client: Client, db: None) -> None:
    response = api_client.get(path)

    assert varies(response) == V1 | ({"Accept-Language"} if response.status_code >= 400 else set())


def test_a_304_has_the_cache_headers(api_client: Client, member_client: Client, post: Post) -> None:
    path = f"/api/v1/posts/{post.slug}"
    for client, control in ((api_client, PUBLIC), (member_client, PRIVATE)):
        tag = client.get(path).headers["ETag"]
        response = client.get(path, headers={"If-None-Match": tag})

        assert response.status_code == 304
        assert response.headers["Cache-Control"] == control
        assert response.headers["ETag"] == tag
        assert varies(response) == V1
