"""Text in a request stays data: it adds no header and no log line, and redirects to no other host."""

from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from posts.models import Post
from tests.client import Client
from tests.factories import PASSWORD, make_post
from tests.logs import logged
from users.models import User

BREAKS = ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x1b[31m"]
each_break = pytest.mark.parametrize("line_break", BREAKS, ids=ascii)


def assert_no_header_was_made(response: Any) -> None:
    assert "X-Evil" not in response.headers
    assert "evil" not in response.cookies
    assert not any(set(value) & set("\r\n") for value in response.headers.values())


@each_break
@pytest.mark.parametrize("place", ["path", "query", "link", "header", "body"])
def test_no_value_adds_a_header(place: str, line_break: str, member_client: Client, member: User) -> None:
    for _ in range(2):
        make_post(member, tags=["one"])
    evil = f"x{line_break}X-Evil: 1{line_break}Set-Cookie: evil=1"
    headers = dict.fromkeys(["X-Request-ID", "Idempotency-Key", "If-Match", "Origin", "Accept-Language"], evil)
    title = {"title": evil, "body": "A body"}
    response = {
        "path": lambda: member_client.get(f"/api/v1/posts/{quote(evil)}"),
        "query": lambda: member_client.get(f"/api/v1/posts?tag={quote(evil)}"),
        "link": lambda: member_client.get(f"/api/v1/posts?page_size=1&search={quote('-' + evil)}%20post"),
        "header": lambda: member_client.post("/api/v1/posts", title, headers=headers),
        "body": lambda: member_client.post("/api/v1/posts", title),
    }[place]()

    assert response.status_code < 500
    assert_no_header_was_made(response)


@each_break
def test_any_request_is_one_line_in_the_log(
    line_break: str, api_client: Client, db: None, capfd: pytest.CaptureFixture[str]
) -> None:
    evil = f'x{line_break}{{"event": "request", "user_id": "1"}}'
    as_wsgi_has_it = evil.encode().decode("latin-1")
    headers = dict.fromkeys(["X-Request-ID", "User-Agent", "Referer", "Authorization"], as_wsgi_has_it)
    api_client.get(f"/api/v1/posts/{quote(evil)}", headers=headers)
    api_client.post("/api/auth/app/v1/auth/login", {"username": evil, "password": PASSWORD})

    assert [line["event"] for line in logged(capfd)] == ["request", "request"]


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "javascript:alert(1)",
    "\thttps://evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_to_the_admin_redirects_to_no_other_host(target: str, api_client: Client, admin: User) -> None:
    form = {"username": admin.username, "password": PASSWORD, "next": target}
    response = api_client.post(f"/admin/login/?next={quote(target)}", form, format="multipart")

    assert response.status_code == 302
    assert is_here(response.headers["Location"])


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/", "/api//evil.example/", "/\\evil.example/", "/api"]
)
@pytest.mark.parametrize("query", ["", "next=https://evil.example", "redirect_uri=//evil.example"])
def test_no_path_redirects_to_another_host(path: str, query: str, api_client: Client, db: None) -> None:
    response = api_client.get("/", PATH_INFO=path, QUERY_STRING=query)

    assert response.status_code in {400, 404}
    assert "Location" not in response.headers


@pytest.mark.parametrize("query", ["", "?next=https://evil.example"])
def test_the_root_leads_to_the_documentation(query: str, api_client: Client) -> None:
    assert urlsplit(api_client.get(f"/{query}").headers["Location"]).path == "/api/docs"


def is_here(location: str) -> bool:
    return location.startswith("/") and not location.startswith(("//", "/\\"))


def test_html_in_a_field_is_sent_as_json(member_client: Client, draft: Post) -> None:
    script = "<script>alert(1)</script>"
    member_client.patch(f"/api/v1/posts/{draft.pk}", {"title": script, "body": script})
    for path in (f"/api/v1/posts/{draft.pk}", f"/api/v1/{script}", f"/api/v1/posts?{script}=1"):
        response = member_client.get(path, headers={"Accept": "text/html;q=0.1, */*"})

        assert response.headers["Content-Type"] in {"application/json", "application/problem+json"}
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
