"""Planted and forged credentials, and those of another user, grant nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.client import Client
from tests.factories import PASSWORD
from tests.users.conftest import App, Browser
from users.auth.access_tokens import _key
from users.auth.sessions import SessionStore
from users.models import Session, User

LOGIN = "/api/auth/browser/v1/auth/login"


def planted() -> str:
    """The key of an anonymous session."""
    session = SessionStore()
    session["of"] = "an attacker"
    session.create()
    return str(session.session_key)


def test_a_planted_session_cookie_is_replaced_at_sign_in(browser: Browser, member: User) -> None:
    browser.client.cookies["sessionid"] = key = planted()
    browser.sign_in(member)

    assert browser.client.cookies["sessionid"].value != key
    assert not Session.objects.filter(pk=key).exists()


def test_a_planted_session_token_is_replaced_at_sign_in(app: App, member: User) -> None:
    key = planted()
    response = app.post("auth/login", {"username": member.username, "password": PASSWORD}, **{"X-Session-Token": key})

    assert response.json()["meta"]["session_token"] != key
    assert not Session.objects.filter(pk=key).exists()


def test_a_csrf_token_from_before_signing_in_is_void_after_it(member: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/api/auth/browser/v1/config")
    before = client.cookies["csrftoken"].value
    credentials = {"username": member.username, "password": PASSWORD}
    assert client.post(LOGIN, credentials, headers={"X-CSRFToken": before}).status_code == 200

    for token, status in ((before, 403), (client.cookies["csrftoken"].value, 201)):
        headers = {"X-CSRFToken": token}
        assert client.post("/api/v1/posts", {"title": "x", "body": "y"}, headers=headers).status_code == status


def test_a_page_of_another_site_cannot_sign_a_browser_in(member: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(LOGIN, {"username": member.username, "password": PASSWORD})

    assert response.status_code == 403
    assert "sessionid" not in client.cookies


def test_scripts_cannot_read_the_session_cookie_nor_other_sites_send_it(
    browser: Browser, member: User, settings: Settings
) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True  # The value that it has without DEBUG.
    response = browser.post("auth/login", {"username": member.username, "password": PASSWORD})
    session, csrf = response.cookies["sessionid"], response.cookies["csrftoken"]

    assert (session["httponly"], session["samesite"], session["secure"]) == (True, "Lax", True)
    assert (csrf["samesite"], csrf["secure"]) == ("Lax", True)
    assert session["domain"] == ""


FORGERIES: dict[str, Callable[[dict[str, Any]], str]] = {
    "unsigned": lambda claims: jwt.encode(claims, "", algorithm="none"),
    "signed with the secret itself": lambda claims: jwt.encode(claims, django_settings.SECRET_KEY, algorithm="HS256"),
    "signed with a guess": lambda claims: jwt.encode(claims, "secret" * 8, algorithm="HS256"),
    "by another algorithm": lambda claims: jwt.encode(claims, _key(django_settings.SECRET_KEY), algorithm="HS512"),
    "expired": lambda claims: signed({**claims, "exp": int((timezone.now() - timedelta(seconds=1)).timestamp())}),
    "never expiring": lambda claims: signed({name: claims[name] for name in claims if name != "exp"}),
    "of no session": lambda claims: signed({**claims, "sid": "A" * 43 + "="}),
}


def signed(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, _key(django_settings.SECRET_KEY), algorithm="HS256")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # A key for HS256 is short for HS512.
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_access_token_is_refused(forgery: str, app: App, member: User) -> None:
    claims = jwt.decode(app.sign_in(member).access, options={"verify_signature": False})
    assert Client().get("/api/v1/users/me", headers=bearer(signed(claims))).status_code == 200

    assert Client().get("/api/v1/users/me", headers=bearer(FORGERIES[forgery](claims))).status_code == 401


def test_an_access_token_belongs_to_its_session_whatever_user_it_names(app: App, member: User, admin: User) -> None:
    claims = jwt.decode(app.sign_in(member).access, options={"verify_signature": False})
    response = Client().get("/api/v1/users/me", headers=bearer(signed({**claims, "sub": str(admin.pk)})))

    assert response.json()["username"] == member.username


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded"])
def test_a_mail_links_to_no_host_from_a_header(header: str, app: App, member: User) -> None:
    named = "host=evil.example" if header == "Forwarded" else "evil.example"
    response = app.post("auth/password/request", {"email": member.email}, **{header: named})

    assert response.status_code == (400 if header == "Host" else 200)
    assert len(mail.outbox) == (header != "Host")
    assert not any("evil.example" in str(message.message()) for message in mail.outbox)


# The requests that send a mail, with their bodies.
MAILING = {
    "/api/auth/app/v1/auth/password/request": {"email": "member-one@example.com"},
    "/api/v1/users": {"username": "ada", "email": "ada@example.com", "password": "a-password-of-mine"},
}


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("testserver", "testserver"),
        ("testserver:1337", "testserver"),
        ("testserver:8000", "testserver:8000"),
        ("testserver:8443", "testserver:8443"),
    ],
)
@pytest.mark.parametrize("path", MAILING)
@pytest.mark.usefixtures("member")
def test_a_mail_links_to_no_port_from_a_header(
    path: str,
    host: str,
    site: str,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["http://testserver:8443"]
    with django_capture_on_commit_callbacks(execute=True):
        assert Client().post(path, MAILING[path], headers={"Host": host}, SERVER_PORT="8000").status_code < 300

    [message] = mail.outbox
    assert f" http://{site}/api/auth/app/v1/" in message.body
    assert str(message.body).strip().endswith(f"-- \n{site}")


def test_a_mail_links_without_a_port_behind_a_proxy(
    member: User, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.TRUSTED_PROXIES, settings.SECURE_PROXY_SSL_HEADER = ["127.0.0.1"], ("HTTP_X_FORWARDED_PROTO", "https")
    for port in ("8000", "1337"):
        headers = {"Host": f"testserver:{port}", "X-Forwarded-Proto": "https", "X-Forwarded-Port": port}
        with django_capture_on_commit_callbacks(execute=True):
            url = "/api/auth/app/v1/auth/password/request"
            Client().post(url, {"email": member.email}, headers=headers, SERVER_PORT="8000")

        assert " https://testserver/api/auth/app/v1/" in mail.outbox[-1].body


@pytest.mark.parametrize(
    "address",
    ["a@example.com\nBcc: b@example.com", "a@example.com\r\n\r\nHello", "a@example.com,b@example.com", "a\0@b.c"],
)
def test_a_mail_goes_to_the_one_address_that_was_requested(address: str, app: App) -> None:
    for path in ("/api/v1/users", "auth/signup", "auth/password/request"):
        body = {"username": "ada", "email": address, "password": "a-password-of-mine"}
        assert app.post(path, body).status_code == 400
    assert mail.outbox == []
