"""Plain HTML forms of the same origin sign in, sign up and create, and lead on. Other origins cannot use them."""

from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from pytest_django import Settings

from posts.models import Post
from tests.client import Client
from tests.factories import PASSWORD
from tests.pages import BROWSER, shown_json
from tests.users.auth.test_second_factor import code_for
from users.models import User

pytestmark = pytest.mark.django_db

LOGIN, SIGNUP = "/api/auth/browser/v1/auth/login", "/api/auth/browser/v1/auth/signup"
POSTS, TOKENS = "/api/v1/posts", "/api/v1/users/me/tokens"
FORM = "application/x-www-form-urlencoded"
NEW = {"title": "A title", "body": "A body"}


class Browser(Client):
    """A browser that shows a page of this host, and has opened the page to sign in."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)
        self.get("/api/sign-in")

    def submit(self, path: str, fields: dict[str, str], *, token: str | None = None, **headers: str) -> Any:
        token = self.cookies["csrftoken"].value if token is None else token
        form = urlencode({"csrfmiddlewaretoken": token, **fields})
        return self.generic("POST", path, form, FORM, headers={"Accept": BROWSER, **headers})


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def known(member: User) -> dict[str, str]:
    return {"username": member.username, "password": PASSWORD}


@pytest.fixture
def signed_in(browser: Browser, known: dict[str, str]) -> Browser:
    browser.submit(LOGIN, known)
    return browser


def test_a_form_signs_in_and_leads_to_the_index(browser: Browser, known: dict[str, str]) -> None:
    response = browser.submit(LOGIN, known)

    assert (response.status_code, response.headers["Location"], response.content) == (303, "/api/v1", b"")
    assert browser.get("/api/v1/users/me").json()["username"] == known["username"]


def test_a_form_signs_in_with_an_address(browser: Browser, member: User) -> None:
    assert browser.submit(LOGIN, {"username": member.email, "password": PASSWORD}).status_code == 303


def test_a_form_signs_up_and_signs_in(browser: Browser) -> None:
    new = {"username": "newcomer", "email": "newcomer@example.com", "password": PASSWORD}

    assert browser.submit(SIGNUP, new).status_code == 303
    assert browser.get("/api/v1/users/me").json()["username"] == "newcomer"


def test_a_form_creates_and_leads_to_what_it_created(signed_in: Browser) -> None:
    response = signed_in.submit(POSTS, NEW)
    created = signed_in.get(response.headers["Location"])

    assert (response.status_code, response.content) == (303, b"")
    assert "ETag" not in response.headers
    assert created.json()["title"] == "A title"


@pytest.mark.parametrize("path", ["/", "/welcome?new=1#top", "/api/v1/posts"])
def test_a_form_leads_to_the_path_that_it_names(path: str, signed_in: Browser) -> None:
    assert signed_in.submit(POSTS, {**NEW, "next": path}).headers["Location"] == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "welcome",
        "/\t/evil.example",
        "/a\r\nX: y",
        "/\u00e9",
    ],
)
def test_a_form_leads_to_no_other_host(path: str, signed_in: Browser) -> None:
    response = signed_in.submit(POSTS, {**NEW, "next": path})

    assert (response.status_code, shown_json(response)["errors"][0]["pointer"]) == (400, "#/next")
    assert not Post.objects.exists()


def test_a_form_of_a_script_gets_json(signed_in: Browser) -> None:
    response = signed_in.submit(POSTS, {**NEW, "next": "/welcome"}, Accept="*/*")

    assert (response.status_code, response.json()["title"]) == (201, "A title")


def test_json_leads_nowhere(signed_in: Browser) -> None:
    headers = {"Accept": BROWSER, "X-CSRFToken": signed_in.cookies["csrftoken"].value}
    created = signed_in.post(POSTS, NEW, headers=headers)
    refused = signed_in.post(POSTS, {**NEW, "next": "/"}, headers=headers)

    assert (created.status_code, shown_json(created)["title"]) == (201, "A title")
    assert (refused.status_code, shown_json(refused)["errors"][0]["code"]) == (400, "unknown_field")


def test_a_repeated_form_leads_to_the_same_resource(signed_in: Browser) -> None:
    first, second = (signed_in.submit(POSTS, NEW, **{"Idempotency-Key": "a"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Post.objects.count() == 1


def test_a_form_with_an_error_gets_a_page_that_explains_it(signed_in: Browser) -> None:
    response = signed_in.submit(POSTS, {"title": "A title", "next": "/welcome"})

    assert (response.status_code, shown_json(response)["errors"][0]["pointer"]) == (400, "#/body")


def test_a_form_that_creates_a_secret_shows_it(signed_in: Browser) -> None:
    token = {"name": "x", "scopes": "posts:read", "next": "/welcome"}
    response = signed_in.submit(TOKENS, token)

    assert (response.status_code, shown_json(response)["token"][:4]) == (201, "pau_")


def test_a_wrong_password_is_explained(browser: Browser, known: dict[str, str]) -> None:
    response = browser.submit(LOGIN, known | {"password": "wrong"})

    assert (response.status_code, shown_json(response)["detail"]) == (400, "Wrong username or password.")


def test_a_form_sends_the_code_of_a_second_factor(browser: Browser, known: dict[str, str], member: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    pending = browser.submit(LOGIN, known)
    done = browser.submit("/api/auth/browser/v1/auth/2fa/authenticate", {"code": code_for(secret), "next": "/welcome"})

    assert (pending.status_code, shown_json(pending)["code"]) == (401, "sign_in_incomplete")
    assert (done.status_code, done.headers["Location"]) == (303, "/welcome")
    assert browser.get("/api/v1/users/me").json()["username"] == known["username"]


def test_only_the_client_with_cookies_takes_forms(browser: Browser, known: dict[str, str]) -> None:
    assert browser.submit(LOGIN.replace("browser", "app"), known).status_code == 415
    assert browser.submit("/api/auth/browser/v1/auth/password/request", {"email": "a@b.example"}).status_code == 415


class TestOtherOrigins:
    """A page of another origin can send forms, but read neither the cookie nor a page of this host."""

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "http://testserver:81", "http://sub.testserver"]
    )
    @pytest.mark.parametrize("path", [LOGIN, SIGNUP])
    def test_another_origin_cannot_sign_a_browser_in(
        self, origin: str, path: str, browser: Browser, known: dict[str, str]
    ) -> None:
        fields = known | {"username": "newcomer", "email": "a@example.com"} if path == SIGNUP else known
        response = browser.submit(path, fields, Origin=origin)

        assert (response.status_code, shown_json(response)["code"]) == (403, "csrf_failed")
        assert "sessionid" not in browser.cookies

    @pytest.mark.parametrize("token", ["", "x" * 32, "x" * 64])
    def test_a_form_without_the_token_signs_nobody_in(
        self, token: str, browser: Browser, known: dict[str, str]
    ) -> None:
        response = browser.submit(LOGIN, known, token=token)

        assert (response.status_code, shown_json(response)["code"]) == (403, "csrf_failed")
        assert "csrfmiddlewaretoken" in shown_json(response)["detail"]

    def test_a_browser_without_the_cookie_is_not_signed_in(self, known: dict[str, str]) -> None:
        response = Client(enforce_csrf_checks=True).generic(
            "POST", LOGIN, urlencode({**known, "csrfmiddlewaretoken": "x" * 32}), FORM, headers={"Accept": BROWSER}
        )
        assert (response.status_code, shown_json(response)["code"]) == (403, "csrf_failed")
        assert "csrfmiddlewaretoken" in shown_json(response)["detail"]

    def test_a_form_needs_an_origin_over_https(
        self, browser: Browser, known: dict[str, str], settings: Settings
    ) -> None:
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        settings.TRUSTED_PROXIES = ["127.0.0.1"]
        assert browser.submit(LOGIN, known, **{"X-Forwarded-Proto": "https"}).status_code == 403


class TestThePageToSignIn:
    def test_it_has_the_token_of_its_browser(self, browser: Browser, known: dict[str, str]) -> None:
        page = browser.get("/api/sign-in").content.decode()
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]

        assert len(token) == 64
        assert browser.submit(LOGIN, known, token=token).status_code == 303

    def test_it_is_stored_nowhere_and_runs_no_script(self, browser: Browser) -> None:
        headers = browser.get("/api/sign-in").headers

        assert headers["Cache-Control"] == "private, no-store"
        assert "script-src 'none'" in headers["Content-Security-Policy"]
        assert "form-action 'self'" in headers["Content-Security-Policy"]
        assert "Content-Encoding" not in browser.get("/api/sign-in", headers={"Accept-Encoding": "gzip"}).headers

    def test_it_returns_to_the_page_before(self, browser: Browser) -> None:
        refused = browser.get("/api/v1/users/me?fields=id,username", headers={"Accept": BROWSER}).content.decode()
        link = refused.partition('<a href="/api/sign-in')[2].partition('"')[0]

        assert (
            'name="next" value="/api/v1/users/me?fields=id,username"'
            in browser.get(f"/api/sign-in{link}").content.decode()
        )

    def test_no_text_of_its_url_becomes_markup(self, browser: Browser) -> None:
        page = browser.get("/api/sign-in", {"next": '"><script>alert(1)</script>'}).content.decode()
        assert "<script" not in page

    def test_it_is_in_the_language_of_its_reader(self, browser: Browser) -> None:
        page = browser.get("/api/sign-in", headers={"Accept-Language": "es"})

        assert "Contraseña" in page.content.decode()
        assert "Accept-Language" in page.headers["Vary"]

    def test_it_is_only_read(self, browser: Browser) -> None:
        assert browser.post("/api/sign-in").status_code == 405
