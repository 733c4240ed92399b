"""A cached response is validated each time, so that it is never out of date.

The cache sends whole responses to the public. Callers who are signed in get new ones.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import Http404, HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from pytest_django import Settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from api_project import lru_cache
from api_project.http.routers import Router
from posts.models import Post
from posts.services import change_post
from posts.views import PostViewSet
from tests.client import Client
from tests.db.test_database_down import away
from tests.factories import make_post
from tests.field_access import attempt
from users.models import User
from users.services import close_account

pytestmark = pytest.mark.django_db

POSTS = "/api/v1/posts"
PUBLIC_URLS = [
    POSTS,
    f"{POSTS}?page=1",
    f"{POSTS}?search=word",
    f"{POSTS}?fields=title,author",
    "/api/v1/tags",
    "/api/v1/users",
    f"{POSTS}/{{post.id}}",
    f"{POSTS}/{{post.slug}}?fields=title,author",
    "/api/v1/users/{post.author.username}",
    f"{POSTS}?fields=id,body_html",
    "/feeds/posts.atom",
    "/feeds/posts.rss?tag=old",
    "/feeds/posts.json",
]
Change = Callable[[Post], object]
# Headers in which two equal responses may differ.
OF_EACH_REQUEST = {"X-Request-ID", "RateLimit"}


@pytest.fixture(params=["the public", "a member"])
def reader(request: pytest.FixtureRequest, api_client: Client, other_member_client: Client) -> Client:
    return api_client if request.param == "the public" else other_member_client


def read(client: Client, url: str = POSTS, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    response = client.generic(method, url, headers=headers)
    shown = {name: value for name, value in response.items() if name not in OF_EACH_REQUEST}
    content = re.sub(rb'"request_id":"[^"]+"', b"", response.content)
    return response.status_code, content, shown


CHANGES: dict[str, Change] = {
    "a title": lambda post: change_post(post=post, at=timezone.now(), title="word again"),
    "a body": lambda post: change_post(post=post, at=timezone.now(), body="another word"),
    "tags": lambda post: change_post(post=post, at=timezone.now(), tags=["new"]),
    "an author's name": lambda post: User.objects.filter(pk=post.author_id).update(display_name="Renamed"),
    "an author who leaves": lambda post: close_account(user=post.author, at=timezone.now()),
    "a new post": lambda post: make_post(post.author, title="one word more", tags=["more"]),
    "a deletion": lambda post: post.delete(),
    "a draft": lambda post: change_post(post=post, at=timezone.now(), published_at=None),
}


@pytest.mark.parametrize("url", PUBLIC_URLS)
def test_a_cached_response_equals_the_uncached_one(reader: Client, url: str) -> None:
    post, _other = make_post(title="a word", tags=["old"]), make_post(title="a word", tags=["old"])
    url = url.format(post=post)
    for name, change in CHANGES.items():
        lru_cache.clear_all()
        for _ in range(3):
            assert read(reader, url)[0] == 200

        with attempt():
            change(Post.objects.get(pk=post.pk))
            found = [read(reader, url) for _ in range(4)]
            lru_cache.clear_all()
            assert found == [read(reader, url)] * 4, name


@pytest.mark.parametrize("url", [POSTS, f"{POSTS}/{{post.id}}", "/feeds/posts.atom"])
def test_a_response_follows_the_clock(reader: Client, url: str) -> None:
    now = timezone.now()
    url = url.format(post=make_post(published_at=now + timedelta(minutes=1)))
    with time_machine.travel(now):
        before = [read(reader, url) for _ in range(3)]
    with time_machine.travel(now + timedelta(minutes=2)):
        after = [read(reader, url) for _ in range(3)]
    with time_machine.travel(now):
        again = read(reader, url)

    assert [status for status, _content, _headers in after] == [200] * 3
    assert again in before
    assert again not in after


REQUESTS: list[dict[str, str]] = [
    {},
    {"method": "HEAD"},
    {"method": "OPTIONS"},
    {"method": "DELETE"},
    {"Accept": "text/csv"},
    {"Accept": "application/json;q=0.5, text/html"},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "gzip;q=0"},
    {"Accept-Language": "es"},
    {"Origin": "https://app.example.com"},
    {"Origin": "https://else.example.com"},
    {"Host": "localhost"},
    {"Host": "else.example.com"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"other"'},
    {"If-None-Match": "malformed"},
    {"If-Match": "*"},
    {"If-Match": '"other"'},
    {"Idempotency-Key": '"a key"'},
    {"Idempotency-Key": ""},
    {"Authorization": "Bearer none"},
    {"Authorization": ""},
    {"Cookie": "sessionid=none"},
    {"Cookie": "theme=dark"},
    {"X-Session-Token": ""},
    {"X-Session-Token": "none"},
    {"X-Forwarded-Proto": "https"},
    {"Content-Encoding": "br"},
    {"Range": "bytes=0-9"},
    {"User-Agent": "else"},
]


@pytest.mark.parametrize("url", [POSTS, f"{POSTS}/{{post.id}}", f"{POSTS}/"])
def test_no_request_gets_the_cached_response_of_a_different_request(post: Post, settings: Settings, url: str) -> None:
    """Earlier requests to the same URL have no effect."""
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    change_post(post=post, at=timezone.now(), body="long enough to be compressed " * 100)
    url = url.format(post=post)
    found = [[read(Client(), url, **request) for request in REQUESTS] for _ in range(4)]

    alone = []
    for request in REQUESTS:
        lru_cache.clear_all()
        alone.append(read(Client(), url, **request))
    for time in found:
        for request, requested, expected in zip(REQUESTS, time, alone, strict=True):
            assert requested == expected, request


def test_each_cached_response_is_throttled_and_has_its_own_request_id(
    api_client: Client, post: Post, settings: Settings
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anon": (5, 60)}
    responses = [api_client.get(POSTS) for _ in range(7)]

    assert [response.status_code for response in responses] == [200] * 5 + [429] * 2
    assert [response.headers["RateLimit"].split(";")[1] for response in responses] == [
        *(f"r={left}" for left in (4, 3, 2, 1, 0)),
        *["r=0"] * 2,
    ]
    assert len({response.headers["X-Request-ID"] for response in responses}) == 7


def test_a_request_for_a_changed_resource_is_counted_once(api_client: Client, post: Post, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anon": (9, 60)}
    responses = [api_client.get(POSTS) for _ in range(3)]
    change_post(post=post, at=timezone.now(), title="New")
    responses += [api_client.get(POSTS) for _ in range(2)]

    reported = [re.findall("r=([0-9]+)", response.headers["RateLimit"]) for response in responses]
    assert reported == [["8"], ["7"], ["6"], ["5"], ["4"]]


def test_a_cached_response_without_a_throttle_has_no_ratelimit_header(
    api_client: Client, post: Post, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"anon": (9, 60)}
    for _ in range(3):
        assert "RateLimit" in api_client.get(POSTS).headers
    settings.RATE_LIMITS = {}
    assert "RateLimit" not in api_client.get(POSTS).headers


def test_a_cached_response_that_cannot_be_validated_is_not_sent(
    api_client: Client, post: Post, settings: Settings
) -> None:
    """The error has the CORS headers, so that a browser shows it to the page."""
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    headers = {"Origin": "https://app.example.com"}
    before = [read(api_client, **headers) for _ in range(3)]
    with away():
        cached_one = read(api_client, **headers)
        lru_cache.clear_all()
        alone = read(api_client, **headers)

    assert cached_one == alone
    assert (alone[0], alone[2]["access-control-allow-origin"]) == (503, headers["Origin"])
    assert read(api_client, **headers) == before[-1]


def test_a_request_with_a_body_is_read_although_its_response_is_cached(api_client: Client, post: Post) -> None:
    """Errors in the body come first, although RFC 9110 §9.3.1 gives a GET's body no meaning."""
    for _ in range(3):
        read(api_client)

    assert api_client.generic("GET", POSTS, "x" * (1024 * 1024 + 1)).status_code == 413
    assert api_client.generic("GET", POSTS, "x").status_code == 200


class HoldsNoSecret(BasePermission):
    def has_object_permission(self, request: Request, view: APIView, obj: Post) -> bool:
        return "secret" not in obj.body


class IsPostWithoutSecret(BasePermission):
    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        return not isinstance(obj, Post) or "secret" not in obj.body


class IsOfNoSecret(BasePermission):
    def has_object_permission(self, request: Request, view: APIView, obj: Post) -> bool:
        return not Post.objects.filter(pk=obj.pk, body__contains="secret").exists()


class IsFoundWithoutSecret(BasePermission):
    def has_object_permission(self, request: Request, view: APIView, obj: Post) -> bool:
        if "secret" in getattr(obj, "body", "a secret"):
            raise Http404
        return True


class GuardedViewSet(PostViewSet):
    """A view with the permissions that each test sets."""


router = Router()
router.register("posts", GuardedViewSet, basename="posts")
urlpatterns = [path("api/v1/", include(router.urls)), path("feeds/", include("posts.feeds.urls"))]


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("permission", [HoldsNoSecret, IsPostWithoutSecret, IsOfNoSecret, IsFoundWithoutSecret])
def test_a_permission_that_checks_the_object_is_checked_each_time(
    api_client: Client, post: Post, permission: type[BasePermission], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardedViewSet, "permission_classes", [permission])
    url = f"{POSTS}/{post.id}"
    assert [read(api_client, url)[0] for _ in range(3)] == [200] * 3

    Post.objects.update(body="a secret")
    assert read(api_client, url)[0] in {401, 403, 404}


def setting_a_cookie(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that gives each client a cookie of its own."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.set_cookie("reader", str(uuid4()))
        return response

    return respond


@pytest.mark.parametrize("url", [POSTS, f"{POSTS}/{{post.id}}"])
def test_a_response_that_sets_a_cookie_is_not_cached(url: str, post: Post, settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.setting_a_cookie"]
    responses = [Client().get(url.format(post=post)) for _ in range(4)]

    assert {response.headers["Cache-Control"] for response in responses} == {"private, no-cache"}
    assert len({response.cookies["reader"].value for response in responses}) == 4


def varying(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that makes the response depend on one more header."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["X-Reader"])
        response.headers["X-Shown-To"] = request.headers["X-Reader"]
        return response

    return respond


def test_a_response_that_varies_by_an_unknown_header_is_not_cached(
    api_client: Client, post: Post, settings: Settings
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.varying"]
    readers = ["one", "one", "two", "three"]

    assert [read(api_client, **{"X-Reader": reader})[2]["X-Shown-To"] for reader in readers] == readers


@pytest.mark.parametrize("changes", ["fields=title", "fields=slug,title", "search=word", "search=other", "tag=a"])
def test_cached_responses_differ_by_the_requested_fields(api_client: Client, changes: str) -> None:
    for number in range(2):
        make_post(title=f"Post {number}", body="word other", tags=["a"])
    for query in ("", "fields=title", "search=word"):
        for _ in range(3):
            read(api_client, f"{POSTS}?page_size=1&{query}")

    requested = f"{POSTS}?page_size=1&{changes}"
    found = read(api_client, requested)

    lru_cache.clear_all()
    assert found == read(api_client, requested)


def test_no_cached_response_shows_a_hidden_post(api_client: Client, member_client: Client, member: User) -> None:
    """Only its author sees the draft, and links have the host of the request."""
    for number in range(2):
        make_post(member, title=f"Post {number}")
    make_post(member, published_at=None)
    mine = f"{POSTS}?status=any&page_size=1"
    for _ in range(3):
        read(member_client, mine)
        read(api_client, f"{POSTS}?page_size=1")

    assert api_client.get(mine).status_code == 401
    assert read(member_client, f"{POSTS}?status=any&page_size=2")[1].count(b'"slug"') == 2
    _status, content, headers = read(api_client, f"{POSTS}?page_size=1", Host="localhost")
    assert content.count(b"http://localhost/") == headers["Link"].count("<http://localhost/api/") == 1
