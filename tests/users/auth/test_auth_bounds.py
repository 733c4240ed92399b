"""Lists and texts of any length cost the sign-in API nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import PASSWORD
from tests.users.conftest import App, Browser
from users.auth.urls import ROUTES
from users.models import User

LONG_TEXT, LONG_LIST = "a" * 4097, list(range(101))
# The names of each text input, by route and method.
TEXTS = [
    ("post", "auth/login", "username"),
    ("post", "auth/login", "password"),
    ("post", "auth/signup", "display_name"),
    ("post", "auth/reauthenticate", "password"),
    ("post", "auth/email/verify", "key"),
    ("post", "auth/password/request", "email"),
    ("post", "auth/password/reset", "key"),
    ("post", "auth/2fa/reauthenticate", "code"),
    ("post", "account/password/change", "current_password"),
    ("post", "account/email", "email"),
    ("put", "account/email", "email"),
    ("patch", "account/email", "email"),
    ("delete", "account/email", "email"),
    ("post", "account/authenticators/totp", "code"),
]


def too_long(response: Any, pointer: str) -> bool:
    return response.status_code == 400 and (pointer, "max_length") in {
        (each["pointer"], each["code"]) for each in response.json()["errors"]
    }


@pytest.mark.parametrize("client", ["app", "browser"])
def test_sessions_are_ended_100_at_a_time(request: pytest.FixtureRequest, client: str, member: User) -> None:
    caller: App = request.getfixturevalue(client).sign_in(member)
    with CaptureQueriesContext(connection) as queries:
        response = caller.call("delete", "auth/sessions", {"sessions": list(range(130_000))})

    assert too_long(response, "#/sessions")
    assert response.json()["errors"][0]["detail"] == "Give at most 100 values."
    assert len(queries) < 5
    assert caller.is_signed_in()
    assert not too_long(caller.call("delete", "auth/sessions", {"sessions": list(range(100))}), "#/sessions")


@pytest.mark.parametrize(("method", "route", "name"), TEXTS)
def test_text_of_any_length_is_refused_before_it_is_examined(
    app: App, member: User, method: str, route: str, name: str
) -> None:
    app.sign_in(member)
    for value in (LONG_TEXT, LONG_LIST):
        assert too_long(app.call(method, route, {name: value}), f"#/{name}")


def test_this_file_covers_every_route_with_input() -> None:
    without_text = {"config", "auth/session", "auth/sessions", "account/authenticators"}
    without_text |= {"account/authenticators/recovery-codes"}
    pending = {"auth/2fa/authenticate"}  # The input of `auth/2fa/reauthenticate`.

    assert {route for _, route, _ in TEXTS} == set(ROUTES) - without_text - pending


def test_a_caller_who_is_not_signed_in_gets_401_first(app: App, db: None) -> None:
    assert app.call("delete", "auth/sessions", {"sessions": LONG_LIST}).status_code == 401


@pytest.mark.parametrize("client", ["app", "browser"])
def test_a_new_password_has_at_most_1000_characters(request: pytest.FixtureRequest, client: str, member: User) -> None:
    caller: App = request.getfixturevalue(client).sign_in(member)

    def change(length: int) -> Any:
        data = {"current_password": PASSWORD, "new_password": "long-enough-" + "ab" * (length // 2 - 6)}
        return caller.post("account/password/change", data)

    assert too_long(change(1002), "#/new_password")
    assert change(1000).status_code == 200


@pytest.mark.parametrize("door", ["/api/v1/users", "auth/signup"])
def test_a_password_is_compared_with_no_long_name(app: App, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    monkeypatch.setattr(
        "users.serializers.validate_password",
        lambda _password, user: compared.extend((user.username, user.email, user.display_name)),
    )
    long = ("x" * 99 + ".") * 30
    app.post(door, {"username": long, "email": long, "display_name": long, "password": "a-password-of-mine"})

    assert len(compared) == 3
    assert max(map(len, compared)) <= 254


def test_the_bounds_apply_to_browsers_too(browser: Browser, db: None) -> None:
    assert too_long(browser.post("auth/login", {"username": LONG_TEXT, "password": "x"}), "#/username")
