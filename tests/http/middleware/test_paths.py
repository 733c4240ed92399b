"""Paths with and without a slash, HEAD for every GET, OPTIONS for every path, and path keys."""

from collections import defaultdict
from typing import Any
from urllib.parse import quote

import pytest

from api_project.http.viewsets.base import ApiView
from posts.models import Post
from tests.client import Client
from tests.factories import make_post
from tests.http.operations import Operation, operations, views
from users.models import User

READS = [operation for operation in operations() if not operation.writes]
ALLOWED: dict[str, set[str]] = defaultdict(lambda: {"OPTIONS"})
for each in operations():
    ALLOWED[each.template] |= {each.method} if each.writes else {"GET", "HEAD"}


def headers_of(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in {"X-Request-ID", "Expires"}}


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_a_slash_at_the_end_makes_no_difference(operation: Operation, api_client: Client, member: User) -> None:
    path = operation.path(operation.make(member))
    without, with_slash = (api_client.generic(operation.method, each) for each in (path, f"{path}/"))

    assert with_slash.status_code == without.status_code
    assert with_slash.headers["Content-Type"] == without.headers["Content-Type"]


def test_a_trailing_slash_loses_no_body(member_client: Client) -> None:
    response = member_client.post("/api/v1/posts/", {"title": "A title", "body": "A body"})

    assert response.status_code == 201
    assert "/api/v1/posts/" in response.headers["Location"]
    assert "//" not in response.headers["Location"].removeprefix("http://")


@pytest.mark.parametrize("path", ["/api/v1/posts//", "/api//v1/posts", "/api/v1//", "/api/", "/livez//"])
def test_two_trailing_slashes_are_another_path(path: str, api_client: Client) -> None:
    assert api_client.get(path).status_code == 404


@pytest.mark.parametrize("encoding", ["", "gzip"])
@pytest.mark.parametrize("operation", READS, ids=str)
def test_head_is_get_without_the_content(
    operation: Operation, encoding: str, member: User, member_client: Client
) -> None:
    path = operation.path(operation.make(member))
    make_post(member, body="Long enough to be compressed. " * 100)
    for client in (member_client, Client()):
        get, head = (client.generic(method, path, headers={"Accept-Encoding": encoding}) for method in ("GET", "HEAD"))
        assert head.status_code == get.status_code
        if not operation.template.startswith("/api/v1/changes"):  # Each of its cursors is another one.
            assert headers_of(head) == headers_of(get)
        assert head.content == b""
        assert get.headers["Content-Length"] == str(len(get.content))


def test_head_of_a_cached_resource_is_304(api_client: Client, post: Post) -> None:
    path = f"/api/v1/posts/{post.slug}"
    tag = api_client.get(path).headers["ETag"]
    get, head = (api_client.generic(method, path, headers={"If-None-Match": tag}) for method in ("GET", "HEAD"))

    assert (get.status_code, head.status_code) == (304, 304)
    assert headers_of(head) == headers_of(get)
    assert not head.has_header("Content-Length")


@pytest.mark.parametrize("template", ALLOWED)
def test_options_lists_the_allowed_methods(template: str, api_client: Client, db: None) -> None:
    response = api_client.options(Operation("OPTIONS", template).path())

    assert response.status_code == 204
    assert response.content == b""
    assert set(response.headers["Allow"].split(", ")) == ALLOWED[template]


PAGES = ["/", "/docs", "/favicon.ico", "/api/docs", "/api/redoc", "/api/sign-in", "/admin"]


@pytest.mark.parametrize("path", PAGES)
def test_options_of_a_page_lists_the_allowed_methods(path: str, api_client: Client) -> None:
    assert api_client.options(path).headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "ANY"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_reading_only(path: str, method: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, path)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


KEYED = [(operation, name) for operation in READS for name in operation.parameters]


@pytest.mark.parametrize(("operation", "name"), KEYED, ids=str)
def test_an_impossible_path_key_is_an_error(
    operation: Operation, name: str, admin_client: Client, member: User
) -> None:
    instance = operation.make(member)
    for key in ("%00", "a%00b", "%FF", "caf%E9", "%ED%A0%80", "%ED%B0%80x", "%C3"):
        response = admin_client.get(operation.path(instance, **{name: key}))

        assert response.status_code == 400, key
        errors = [(error["parameter"], error["code"]) for error in response.json()["errors"]]
        assert errors == [(name, "invalid_text")], key


def test_a_caller_without_permission_is_refused_before_the_path_key_is_checked(api_client: Client, db: None) -> None:
    assert api_client.delete("/api/v1/posts/%00").status_code == 401


UNUSED = ["x" * 5000, "é" * 3000, "..", ".", " ", "a%0a", "%25FE", "%EF%BF%BF", "-", "'", '"', "0" * 36, "%F0%9F%A6%8A"]


@pytest.mark.parametrize(("operation", "name"), KEYED, ids=str)
def test_an_unused_path_key_is_404(operation: Operation, name: str, admin_client: Client, member: User) -> None:
    instance = operation.make(member)
    for key in UNUSED:
        response = admin_client.get(operation.path(instance, **{name: quote(key, safe="%")}))

        assert response.status_code == (400 if key == "%25FE" else 404), key


def test_a_resource_has_an_id_and_a_natural_key_in_any_case(api_client: Client, member: User) -> None:
    post = make_post(member, title="Über Ⅷ")
    keys = [str(post.pk), str(post.pk).upper(), post.slug, post.slug.upper(), "ÜBER-Ⅷ"]

    assert {api_client.get(f"/api/v1/posts/{quote(key)}").json()["id"] for key in keys} == {str(post.pk)}


def test_every_route_of_the_api_follows_its_http_rules() -> None:
    """`CookieAuthentication` relies on `ApiView` to check for cross-site requests."""
    assert len(views()) > 30
    assert [view for view in views() if not issubclass(view, ApiView)] == []
