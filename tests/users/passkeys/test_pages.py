"""The pages whose passkeys are accepted."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.passkeys import Authenticator
from tests.schema.conformance import Conformance
from tests.server import Server
from tests.users.callers import App
from tests.users.passkeys.conftest import ORIGIN, PASSKEYS, new_member, use

OTHER_PAGES = [
    "https://example.org",
    "http://127.0.0.1:5173",
    "https://localhost.example.org",
    "http://blog.localhost",
    "http://blog.localhost:5173",
    "https://localhost:5173",
    "http://localhost:5173/",
    "http://localhost:5173/page",
    "null",
    "/page",
    None,
]


@pytest.mark.parametrize("origin", OTHER_PAGES)
def test_a_passkey_of_another_page_is_refused(
    app: App, new_app: Callable[[], App], passkey: Authenticator, origin: Any
) -> None:
    passkey.origin = origin
    assert use(app, passkey).status_code == 400
    owner = new_app()
    owner.sign_in(new_member(owner.server))
    owner.authenticate_again()
    created = Authenticator(origin).create(owner.get(PASSKEYS).json()["data"]["creation_options"])
    assert owner.post(PASSKEYS, {"credential": created}).status_code == 400


def test_a_passkey_that_a_page_of_another_origin_got_in_a_frame_is_refused(app: App, passkey: Authenticator) -> None:
    passkey.is_in_frame = True
    assert use(app, passkey).status_code == 400


PAGES = {
    "https://a.example": 200,
    "https://app.a.example": 200,
    "https://phone.a.example": 200,
    "https://old.a.example": 400,
    "https://app.a.example:8443": 400,
    "http://app.a.example": 400,
    "http://localhost:5173": 400,
}


def test_the_pages_of_the_domain_that_are_accepted_are_those_of_the_settings(
    server: Server, conformance: Conformance, passkey: Authenticator
) -> None:
    """An app on a phone has the domain itself as its origin. A page that gets tokens needs CORS alone."""
    settings = {
        "PASSKEYS": "true",
        "CSRF_COOKIE_DOMAIN": ".a.example",
        "CSRF_TRUSTED_ORIGINS": "https://app.a.example",
        "CORS_ALLOWED_ORIGINS": "https://phone.a.example",
    }
    with server.beside(**settings) as other:
        for origin, status in PAGES.items():
            passkey.origin = origin
            with closing(App(other, conformance, "localhost")) as caller:
                assert use(caller, passkey).status_code == status, origin


def test_only_pages_of_the_host_are_accepted_by_default(
    server: Server, conformance: Conformance, passkey: Authenticator
) -> None:
    with server.beside(PASSKEYS="true") as other:
        for origin, status in {f"http://localhost:{other.port}": 200, "http://localhost:1": 400, ORIGIN: 400}.items():
            passkey.origin = origin
            with closing(App(other, conformance, "localhost")) as caller:
                assert use(caller, passkey).status_code == status, origin
