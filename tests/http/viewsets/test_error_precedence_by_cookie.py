"""A write by session cookie needs the CSRF token, in a header or in a form; a missing one is reported as a 403."""

from typing import Any

import pytest
from django.test import Client as DjangoClient
from pytest_django import Settings

from posts.models import Post
from tests.client import Client
from tests.factories import PASSWORD, make_post
from users.models import User

POSTS = "/api/v1/posts"
FORM = "application/x-www-form-urlencoded"


class Page(Client):
    """A page in a browser in which `member` is signed in."""

    def __init__(self, user: User) -> None:
        super().__init__(enforce_csrf_checks=True)
        self.get("/api/auth/browser/v1/config")
        sign_in = {"username": user.username, "password": PASSWORD}
        path, token = "/api/auth/browser/v1/auth/login", self.token
        assert self.post(path, sign_in, headers={"X-CSRFToken": token}).status_code == 200

    @property
    def token(self) -> str:
        return str(self.cookies["csrftoken"].value)

    def send(self, method: str, path: str, body: str = "{}", content_type: str = "application/json") -> Any:
        """Send a request without the token."""
        return self.generic(method, path, body, content_type)

    def submit(self, form: str, content_type: str = FORM) -> Any:
        return self.send("POST", POSTS, form, content_type)


@pytest.fixture
def page(member: User) -> Page:
    return Page(member)


def test_a_form_with_its_csrf_token_creates_a_post(page: Page) -> None:
    response = page.submit(f"title=A+title&body=A+body&csrfmiddlewaretoken={page.token}")

    assert response.status_code == 201
    assert response.json()["author"]["username"] == "member-one"


def test_a_script_with_the_csrf_token_in_a_header_creates_a_post(page: Page) -> None:
    body, headers = {"title": "x", "body": "b"}, {"X-CSRFToken": page.token}
    assert page.post(POSTS, body, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "token", ["", "&csrfmiddlewaretoken=", f"&csrfmiddlewaretoken={'a' * 64}", "&csrfmiddlewaretoken=%FF"]
)
def test_a_form_without_its_csrf_token_creates_no_post(page: Page, token: str) -> None:
    response = page.submit(f"title=A+title&body=A+body{token}")

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    assert not Post.objects.exists()


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain", ""])
def test_a_csrf_token_in_a_body_of_another_type_does_not_count(page: Page, content_type: str) -> None:
    form = f'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{page.token}\r\n--x--\r\n'

    assert page.submit(form, content_type).status_code == 403
    page.defaults["HTTP_X_CSRFTOKEN"] = page.token
    assert page.submit(form, content_type).status_code == 415


@pytest.mark.parametrize(("origin", "status"), [("https://app.example.com", 201), ("https://evil.example", 403)])
def test_only_trusted_origins_may_use_the_session_cookie(
    page: Page, settings: Settings, origin: str, status: int
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.com"]
    headers = {"X-CSRFToken": page.token, "Origin": origin}

    assert page.post(POSTS, {"title": "x", "body": "b"}, headers=headers).status_code == status


@pytest.fixture
def _behind_a_proxy(settings: Settings) -> None:
    settings.TRUSTED_PROXIES, settings.SECURE_PROXY_SSL_HEADER = ["127.0.0.1"], ("HTTP_X_FORWARDED_PROTO", "https")
    settings.CSRF_COOKIE_DOMAIN = ".testserver"


@pytest.mark.usefixtures("_behind_a_proxy")
@pytest.mark.parametrize(
    ("referer", "status"),
    [
        ("https://testserver/page", 201),
        ("https://app.testserver/page", 201),
        ("https://testserver:8000/page", 403),
        ("https://evil.example/page", 403),
        ("http://testserver/page", 403),
    ],
)
def test_a_page_of_the_same_host_is_known_by_its_referer_behind_a_proxy(page: Page, referer: str, status: int) -> None:
    headers = {"X-CSRFToken": page.token, "X-Forwarded-Proto": "https", "Referer": referer}
    response = page.post(POSTS, {"title": "x", "body": "b"}, headers=headers, SERVER_PORT="8000")

    assert response.status_code == status


@pytest.mark.usefixtures("_behind_a_proxy")
def test_the_admin_takes_a_referer_of_the_same_host_behind_a_proxy(admin: User) -> None:
    browser = DjangoClient(enforce_csrf_checks=True)
    headers = {"X-Forwarded-Proto": "https", "Referer": "https://testserver/admin/login/"}
    browser.get("/admin/login/", headers=headers)
    form = {"username": admin.username, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"].value}

    assert browser.post("/admin/login/", form, headers=headers, SERVER_PORT="8000").status_code == 302


def test_reading_by_cookie_needs_no_csrf_token(page: Page) -> None:
    assert page.get("/api/v1/users/me").status_code == 200


def test_a_bearer_token_beside_the_cookie_needs_no_csrf_token(page: Page, other_member: User) -> None:
    page.sign_in(other_member)
    response = page.post(POSTS, {"title": "x", "body": "b"})

    assert response.json()["author"]["username"] == "member-two"


def test_an_ended_session_is_anonymous(page: Page) -> None:
    page.cookies["sessionid"] = "a" * 32

    assert page.get(POSTS).status_code == 200
    assert page.send("POST", POSTS).status_code == 401


def test_a_missing_csrf_token_is_reported_in_the_place_of_a_403(
    page: Page, settings: Settings, other_member: User, draft: Post
) -> None:
    others, unseen = make_post(other_member), make_post(other_member, published_at=None)
    large = "x" * (1024 * 1024 + 1)
    responses = [
        page.send("DELETE", f"{POSTS}/{unseen.pk}"),
        page.send("DELETE", f"{POSTS}/{others.pk}"),
        page.send("PATCH", f"{POSTS}/{draft.pk}", "{"),
        page.send("POST", POSTS, large, FORM),
    ]
    settings.RATE_LIMITS = {"user": (0, 60)}
    responses.append(page.send("POST", POSTS))

    assert [response.json()["code"] for response in responses] == [
        "not_found",
        "permission_denied",
        "csrf_failed",
        "body_too_large",
        "throttled",
    ]
