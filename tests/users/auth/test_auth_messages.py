"""The messages of the sign-in API about credentials: what is wrong with them, and what to do about it."""

import json
from typing import Any

import pytest
import time_machine
from django.http import HttpRequest
from django.middleware import csrf
from django.utils import timezone, translation
from pytest_django import Settings

from api_project.http.problems.csrf import explanation
from tests.client import Client
from tests.factories import PASSWORD
from tests.users.conftest import App
from users.auth import authentication as words
from users.models import User

ME, POSTS = "/api/v1/users/me", "/api/v1/posts"
SESSION = "/api/auth/app/v1/auth/session"
LOGIN = "/api/auth/browser/v1/auth/login"
SPANISH = {"Accept-Language": "es"}

# Parts of reasons, after the name of the cookie or the token.
PARTS = ("has incorrect length", "has invalid characters")

MISTAKES = {
    "Bearer": words.NO_TOKEN,
    "Bearer ": words.NO_TOKEN,
    "Bearer $ACCESS_TOKEN": words.PLACEHOLDER,
    "Bearer ${TOKEN}": words.PLACEHOLDER,
    "Bearer <access token>": words.PLACEHOLDER,
    "Bearer {{token}}": words.PLACEHOLDER,
    "Bearer YOUR_ACCESS_TOKEN": words.PLACEHOLDER,
    "Bearer Bearer x": words.SPACES,
    "Bearer undefined": words.PLACEHOLDER,
    "Bearer null": words.PLACEHOLDER,
    "Bearer None": words.PLACEHOLDER,
    "Bearer your_token_here": words.PLACEHOLDER,
    "Bearer YOUR-ACCESS-TOKEN-HERE": words.PLACEHOLDER,
    "Bearer <token>": words.PLACEHOLDER,
    "Bearer x.y.z": words.NOT_ISSUED_HERE,
    "": words.OTHER_SCHEME,
    " ": words.OTHER_SCHEME,
    "Token 9944b09199c62bcf9418ad846dd0e4bb": words.OTHER_SCHEME,
    "Basic YWRhOnNlY3JldA==": words.OTHER_SCHEME,
    "eyJhbGciOiJIUzI1NiJ9.e30.x": words.OTHER_SCHEME,
}


def refused(url: str, authorization: str, **headers: str) -> dict[str, Any]:
    """The problem, which is a 401 for any invalid credentials."""
    response = Client().get(url, headers={"Authorization": authorization, **headers})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    problem: dict[str, Any] = response.json()
    assert problem["code"] == "authentication_failed"
    return problem


@pytest.mark.parametrize("url", [ME, POSTS, SESSION])
@pytest.mark.parametrize("authorization", MISTAKES)
def test_a_mistaken_authorization_header_is_explained(db: None, url: str, authorization: str) -> None:
    for language, headers in (("en", {}), ("es", SPANISH)):
        with translation.override(language):
            expected = str(MISTAKES[authorization])
        assert refused(url, authorization, **headers)["detail"] == expected


@pytest.mark.parametrize("url", [ME, SESSION])
def test_another_token_in_place_of_the_access_token_is_named(app: App, member: User, url: str) -> None:
    session = app.post("auth/login", {"username": member.username, "password": PASSWORD}).json()["meta"]

    assert refused(url, f"Bearer {session['refresh_token']}")["detail"] == str(words.REFRESH_TOKEN)
    assert refused(url, f"Bearer {session['session_token']}")["detail"] == str(words.SESSION_TOKEN)


def test_an_expired_access_token_is_distinguished_from_one_whose_session_has_ended(app: App, member: User) -> None:
    access = app.sign_in(member).access
    with time_machine.travel(timezone.now().timestamp() + 301):
        assert refused(ME, f"Bearer {access}")["detail"] == str(words.EXPIRED)
    app.call("delete", "auth/session")
    assert refused(ME, f"Bearer {access}")["detail"] == str(words.SESSION_ENDED)


@pytest.mark.parametrize("token", ["nonsense", "a" * 43])
def test_a_dead_refresh_token_is_refused_with_sign_in_again(app: App, db: None, token: str) -> None:
    problem = app.post("tokens/refresh", {"refresh_token": token})

    assert problem.status_code == 401
    assert problem.json()["detail"] == "This refresh token is no longer valid. Sign in again."
    spanish = app.post("tokens/refresh", {"refresh_token": token}, **SPANISH).json()
    assert spanish["detail"] == "Este token de renovación ya no es válido. Inicie sesión de nuevo."


def test_an_access_token_in_place_of_the_refresh_token_is_named(app: App, member: User) -> None:
    response = app.post("tokens/refresh", {"refresh_token": app.sign_in(member).access}, Authorization="")

    assert (response.status_code, response.json()["detail"]) == (
        401,
        "This is an access token. Send the refresh token.",
    )


@pytest.mark.parametrize(
    ("name", "english", "spanish"),
    [
        ("username", "Wrong username or password.", "Nombre de usuario o contraseña incorrectos."),
        ("email", "Wrong e-mail address or password.", "Dirección de correo o contraseña incorrectas."),
    ],
)
def test_a_wrong_password_is_reported_as_wrong(app: App, member: User, name: str, english: str, spanish: str) -> None:
    credentials = {name: getattr(member, name), "password": "wrong-password"}
    for headers, words_of_it in (({}, english), (SPANISH, spanish)):
        problem = app.post("auth/login", credentials, **headers).json()
        assert (problem["code"], problem["detail"]) == ("invalid", words_of_it)
        assert [each["detail"] for each in problem["errors"]] == [words_of_it]


def test_a_wrong_code_or_key_is_reported_as_wrong(app: App, member: User) -> None:
    app.sign_in(member)
    change = {"current_password": "wrong", "new_password": "a-new-password-of-mine"}

    assert app.post("account/password/change", change).json()["detail"] == "The current password is wrong."
    assert app.post("auth/reauthenticate", {"password": "wrong"}).json()["detail"] == "Incorrect password."
    assert app.post("auth/email/verify", {"key": "wrong"}).json()["detail"] == "Invalid or expired key."


def test_a_key_that_resets_no_password_says_where_to_get_another(app: App, db: None) -> None:
    for response in (
        app.post("auth/password/reset", {"key": "wrong", "password": "a-new-password-of-mine"}),
        app.get("auth/password/reset", **{"X-Password-Reset-Key": "wrong"}),
    ):
        assert response.status_code == 400
        assert response.json()["detail"].endswith("Request a new mail: POST auth/password/request.")
    spanish = app.post("auth/password/reset", {"key": "wrong", "password": "a-new-password-of-mine"}, **SPANISH)
    assert "Solicite un correo nuevo" in spanish.json()["detail"]


@pytest.mark.parametrize("sessions", [{"1": "x"}, {"{own}": 1}, {}, "{own}", "", 1, True, False])
@pytest.mark.parametrize("client", ["app", "browser"])
def test_only_a_list_names_the_sessions_to_end(
    request: pytest.FixtureRequest, client: str, sessions: Any, member: User
) -> None:
    caller: App = request.getfixturevalue(client).sign_in(member)
    [own] = caller.get("auth/sessions").json()["data"]
    given = json.loads(json.dumps(sessions).replace("{own}", str(own["id"])))
    response = caller.call("delete", "auth/sessions", {"sessions": given})

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["pointer"], error["code"], error["detail"]) == (
        "#/sessions",
        "invalid_list",
        "Send an array of ids, such as [1, 2].",
    )
    assert caller.is_signed_in()


@pytest.mark.parametrize("entry", [True, False, None, 1.5, "x", 0, 10**30])
def test_an_unknown_session_id_is_reported_as_unknown(app: App, member: User, entry: Any) -> None:
    response = app.sign_in(member).call("delete", "auth/sessions", {"sessions": [entry]})

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["detail"].startswith("You have no such session.")


@pytest.mark.parametrize("entry", [[1], {"1": 1}, []])
def test_an_id_of_a_session_is_no_list_itself(app: App, member: User, entry: Any) -> None:
    response = app.sign_in(member).call("delete", "auth/sessions", {"sessions": [entry]})

    assert response.status_code == 400
    assert app.is_signed_in()


def test_a_missing_field_is_reported_by_its_place(app: App, db: None) -> None:
    problem = app.post("auth/login", {"username": "ada"}).json()

    assert problem["detail"].startswith("Some of the input is invalid.")
    assert [each["pointer"] for each in problem["errors"]] == ["#/password"]


@pytest.mark.parametrize("client", ["app", "browser"])
def test_a_sign_in_while_signed_in_is_a_conflict_of_its_own(
    request: pytest.FixtureRequest, client: str, member: User
) -> None:
    caller: App = request.getfixturevalue(client).sign_in(member)
    sign_up = {"username": "ada", "email": "ada@example.com", "password": "a-password-of-mine"}

    for path, body in (("auth/login", {"username": member.username, "password": PASSWORD}), ("auth/signup", sign_up)):
        response = caller.post(path, body)
        assert (response.status_code, response.json()["code"]) == (409, "already_signed_in")
        assert "Retry-After" not in response.headers
        assert "sign out first" in response.json()["detail"]
        assert "cierre antes la sesión" in caller.post(path, body, **SPANISH).json()["detail"]
    assert not User.objects.filter(username="ada").exists()


class Page(Client):
    """A page in a browser that has the CSRF cookie."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)
        self.get("/api/auth/browser/v1/config")

    def refused(self, **headers: str) -> str:
        response = self.post(LOGIN, {"username": "ada", "password": "x"}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
        detail: str = response.json()["detail"]
        spanish = self.post(LOGIN, {"username": "ada", "password": "x"}, headers={**headers, **SPANISH})
        assert spanish.json()["detail"] != detail
        return detail


def test_a_failed_csrf_check_says_what_failed_and_where_the_cookie_comes_from(db: None, settings: Settings) -> None:
    page, config = Page(), "GET /api/auth/browser/v1/config"
    token = page.cookies["csrftoken"].value

    missing, wrong = page.refused(), page.refused(**{"X-CSRFToken": "a" * 32})
    origin = page.refused(**{"X-CSRFToken": token, "Origin": "https://evil.example"})
    page.cookies.clear()
    no_cookie = page.refused(**{"X-CSRFToken": token})
    page.cookies["csrftoken"] = "x"
    assert page.refused(**{"X-CSRFToken": token}) == no_cookie

    assert missing.startswith("The `X-CSRFToken` header is missing.")
    assert "does not match" in wrong
    assert origin.startswith("The origin of the page")
    assert no_cookie.startswith("The `csrftoken` cookie is missing")
    assert all(config in detail for detail in (missing, wrong, no_cookie))


def test_a_failed_csrf_check_over_https_names_the_referer(db: None) -> None:
    page = Page()
    token = page.cookies["csrftoken"].value

    def refused(**headers: str) -> str:
        sign_in = {"username": "ada", "password": "x"}
        problem = page.post(LOGIN, sign_in, headers={"X-CSRFToken": token, **headers}, secure=True)
        assert problem.json()["code"] == "csrf_failed"
        return str(problem.json()["detail"])

    assert refused().startswith("Over HTTPS, the request needs an `Origin` or a `Referer`")
    for referer in ("https://evil.example/", "http://testserver/", "nonsense"):
        assert refused(Referer=referer).startswith("The origin of the page")


@pytest.mark.parametrize("origin", ["http://192.168.1.5:5173", "http://localhost:5173"])
def test_in_development_a_failed_csrf_check_names_the_origin_and_the_settings(
    origin: str, db: None, settings: Settings
) -> None:
    settings.DEBUG = True
    page = Page()
    detail = page.refused(**{"X-CSRFToken": page.cookies["csrftoken"].value, "Origin": origin})
    assert f"`{origin}`" in detail
    assert "CSRF_TRUSTED_ORIGINS" in detail
    assert "CORS_ALLOWED_ORIGINS" in detail


@pytest.mark.parametrize("origin", ["null", "http://[", "http://a b"])
def test_a_failed_csrf_check_says_what_failed_though_the_origin_is_malformed(
    origin: str, db: None, settings: Settings
) -> None:
    settings.DEBUG = True
    page = Page()
    detail = page.refused(**{"X-CSRFToken": page.cookies["csrftoken"].value, "Origin": origin})
    assert "origin" in detail


def test_each_reason_of_django_for_a_failed_csrf_check_is_explained() -> None:
    reasons = [value for name, value in vars(csrf).items() if name.startswith("REASON_")]
    assert len(reasons) >= 7
    assert [reason for reason in reasons if explanation(reason, HttpRequest()) is None and reason not in PARTS] == []


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("#/password", "required"), ("#/username", "required")]),
        ({"username": "", "password": ""}, [("#/password", "required"), ("#/username", "required")]),
        ({"usrname": "ada", "password": PASSWORD}, [("#/username", "required")]),
    ],
)
def test_a_sign_in_without_a_name_says_so(app: App, body: Any, errors: list[tuple[str, str]]) -> None:
    response = app.client.post("/api/auth/app/v1/auth/login", body)
    assert response.status_code == 400
    assert sorted((each["pointer"], each["code"]) for each in response.json()["errors"]) == errors
