"""Every error is a problem (RFC 9457), whichever layer raises it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_django import Settings

from api_project.http.problems.types import PROBLEM_TYPES
from posts.models import Post
from tests.client import Client

MEDIA_TYPE = "application/problem+json"
JSON = "application/json"
TOO_LARGE = " " * (1024 * 1024 + 1)
BAD_TOKEN = {"Authorization": "Bearer x"}

Response = Any


@dataclass(frozen=True)
class Case:
    """An error, a member's request that has it, and the expected response."""

    invalid_request: str
    request: str
    status: int
    code: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "{}"
    content_type: str = JSON

    def __str__(self) -> str:
        return self.invalid_request

    def send(self, client: Client) -> Response:
        method, path = self.request.split(" ", 1)
        if "Authorization" in self.headers:
            client = Client()
        return client.generic(method, path, self.body, self.content_type, headers=self.headers)


CASES = [
    Case("no route", "GET /nothing", 404, "not_found"),
    Case("no route, with a slash", "POST /api/v1/nothing/", 404, "not_found"),
    Case("no route to sign in", "GET /api/auth/app/v1/nothing", 404, "not_found"),
    Case("no such type", "GET /api/problems/nothing", 404, "not_found"),
    Case("a method that a page has not", "POST /api/docs", 405, "method_not_allowed"),
    Case("a method that a view has not", "POST /api/v1", 405, "method_not_allowed"),
    Case("a method that sign-in has not", "GET /api/auth/app/v1/auth/login", 405, "method_not_allowed"),
    Case("a method that nothing has", "TRACE /livez", 405, "method_not_allowed"),
    Case("an unknown method", "BREW /api/v1/posts", 405, "method_not_allowed"),
    Case("a bad token", "GET /api/v1", 401, "authentication_failed", BAD_TOKEN),
    Case("a bad token for sign-in", "GET /api/auth/app/v1/config", 401, "authentication_failed", BAD_TOKEN),
    Case("only CSV", "GET /api/v1/posts", 406, "not_acceptable", {"Accept": "text/csv"}),
    Case("all but JSON", "GET /livez", 406, "not_acceptable", {"Accept": "application/json;q=0, */*"}),
    Case("text", "POST /api/v1/posts", 415, "unsupported_media_type", content_type="text/plain"),
    Case("no type", "POST /api/v1/posts", 415, "unsupported_media_type", content_type=""),
    Case("gzip", "POST /api/v1/posts", 415, "unsupported_coding", {"Content-Encoding": "gzip"}),
    Case("no JSON", "POST /api/v1/posts", 400, "parse_error", body="{"),
    Case("no JSON for sign-in", "POST /api/auth/app/v1/auth/login", 400, "parse_error", body="{"),
    Case("a large body", "POST /api/v1/posts", 413, "body_too_large", body=TOO_LARGE),
    Case("a large body that no view reads", "GET /livez", 413, "body_too_large", body=TOO_LARGE),
    Case("an unknown parameter", "GET /api/v1/posts?pagesize=5", 400, "invalid"),
    Case("missing members", "POST /api/v1/posts", 400, "invalid"),
    Case("missing members of a sign-in", "POST /api/auth/app/v1/auth/login", 400, "invalid"),
    Case("another host", "GET /api/v1/posts", 400, "bad_request", {"Host": "evil.example"}),
    Case("a host that is none", "GET /api/v1/posts", 400, "bad_request", {"Host": "["}),
    Case("no session", "GET /api/auth/browser/v1/auth/session", 401, "not_authenticated"),
    Case("a dead session", "GET /api/auth/app/v1/auth/session", 410, "session_gone", {"X-Session-Token": "x"}),
    Case("no permission", "POST /api/v1/users", 403, "permission_denied"),
]

each_case = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture(params=[False, True], ids=["production", "debug"])
def client(request: pytest.FixtureRequest, settings: Settings, member_client: Client) -> Client:
    """A member's client, with DEBUG off and on."""
    settings.DEBUG = request.param
    return member_client


@each_case
def test_an_error_is_a_problem(case: Case, client: Client) -> None:
    response = case.send(client)

    assert response.status_code == case.status
    assert response.headers["Content-Type"] == MEDIA_TYPE
    problem = response.json()
    expected = {"type": f"/api/problems/{case.code}", "code": case.code, "status": case.status}
    assert problem | expected == problem
    assert problem["instance"] == case.request.split(" ")[1].partition("?")[0].rstrip("/")
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert problem["title"]
    assert problem["detail"]
    assert ("errors" in problem) == (case.code in {"invalid", "parse_error"})


@each_case
def test_an_error_has_the_headers_that_its_status_requires(case: Case, client: Client) -> None:
    response = case.send(client)

    assert response.has_header("WWW-Authenticate") == (case.status == 401)
    assert response.has_header("Allow") == (case.status == 405)
    assert response.headers["Content-Language"] == "en"
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize("accepted", [MEDIA_TYPE, JSON, "text/csv", "application/yaml", "*/*", "", "x", "a/b;q=é"])
@pytest.mark.parametrize("path", ["/nothing", "/api/v1/posts/nothing", "/api/v1/posts?x=1", "/api/schema?x=1"])
def test_a_client_gets_a_problem_even_if_it_does_not_accept_one(
    accepted: str, path: str, api_client: Client, db: None
) -> None:
    response = api_client.get(path, headers={"Accept": accepted})

    assert response.status_code in {400, 404, 406}
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert response.json()["status"] == response.status_code


@pytest.mark.parametrize(
    ("path", "challenge"),
    [
        ("/api/v1/users/me", "Bearer"),
        ("/api/auth/app/v1/auth/session", "Bearer"),
        ("/api/auth/browser/v1/auth/session", "Cookie"),
    ],
)
def test_a_401_says_how_to_sign_in(path: str, challenge: str, api_client: Client, db: None) -> None:
    response = api_client.get(path)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == challenge


def test_a_405_lists_the_allowed_methods(api_client: Client, post: Post) -> None:
    def allowed(response: Response) -> set[str]:
        return set(response.headers["Allow"].split(", "))

    one_post = {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}
    assert allowed(api_client.post(f"/api/v1/posts/{post.slug}")) == one_post
    assert allowed(api_client.post("/livez")) == {"GET", "HEAD", "OPTIONS"}
    assert allowed(api_client.put("/api/auth/app/v1/auth/session")) == {"GET", "HEAD", "DELETE", "OPTIONS"}


@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/problems", "/nothing"])
def test_a_429_says_how_long_to_wait(path: str, settings: Settings, api_client: Client, db: None) -> None:
    settings.RATE_LIMITS = {"anon": (1, 60)}
    statuses = [api_client.get(path).status_code for _ in range(2)]
    response = api_client.get("/api/v1/posts")

    assert statuses == ([404, 404] if path == "/nothing" else [200, 429])
    if response.status_code == 429:
        assert response.json()["code"] == "throttled"
        assert 1 <= int(response.headers["Retry-After"]) <= 60


def test_all_errors_of_a_body_are_reported_at_once_and_where_they_are(member_client: Client) -> None:
    body = {"title": "", "tags": ["fine", {}, "!", "x" * 51], "published_at": "soon", "a/b~c d": 1, "id": "ignored"}
    response = member_client.post("/api/v1/posts", body)

    assert {error["pointer"]: error["code"] for error in response.json()["errors"]} == {
        "#/title": "blank",
        "#/body": "required",
        "#/tags/1": "invalid",
        "#/tags/2": "no_slug",
        "#/tags/3": "max_length",
        "#/published_at": "invalid",
        "#/a~1b~0c%20d": "unknown_field",
    }


def test_errors_of_the_whole_body_are_reported_beside_those_of_fields(api_client: Client, db: None) -> None:
    """The password is validated after the fields, but an unknown field is reported all the same."""
    body = {"username": "ada", "email": "ada@example.com", "password": "short", "nick": "a"}
    response = api_client.post("/api/v1/users", body)

    assert {error["pointer"] for error in response.json()["errors"]} == {"#/password", "#/nick"}


@pytest.mark.parametrize("body", ["[]", '[{"title": "x"}]', '"text"', "1", "null", "true"])
@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/auth/app/v1/auth/login"])
def test_a_body_that_is_no_object_is_an_error_of_the_whole_body(body: str, path: str, member_client: Client) -> None:
    response = member_client.generic("POST", path, body, JSON)

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["#"]


def test_no_more_than_a_hundred_errors_are_reported(member_client: Client) -> None:
    response = member_client.post("/api/v1/posts", {f"member-{number}": 1 for number in range(5000)})

    assert len(response.json()["errors"]) == 100


class TestResponsesOfTheSignInApi:
    def test_fields_of_the_sign_in_api_stay_in_its_problems(self, api_client: Client, db: None) -> None:
        problem = api_client.get("/api/auth/app/v1/auth/session").json()

        assert {"id": "login"} in problem["data"]["flows"]
        assert problem["meta"] == {"is_authenticated": False}

    def test_errors_of_the_sign_in_api_are_reported_in_both_forms(self, api_client: Client, db: None) -> None:
        [error] = api_client.post("/api/auth/app/v1/auth/login", {"username": "ada"}).json()["errors"]

        message = "This field is required."
        both = {"param": "password", "message": message, "pointer": "#/password", "detail": message}
        assert error == {**both, "code": "required"}

    @pytest.mark.parametrize(
        ("path", "header"),
        [("auth/email/verify", "X-Email-Verification-Key"), ("auth/password/reset", "X-Password-Reset-Key")],
    )
    def test_an_error_in_a_header_names_the_header(self, api_client: Client, db: None, path: str, header: str) -> None:
        for headers in ({}, {header: "x"}):
            [error] = api_client.get(f"/api/auth/app/v1/{path}", headers=headers).json()["errors"]
            assert error["header"] == header
            assert "pointer" not in error

    def test_a_cookie_without_its_csrf_token_is_refused(self, db: None) -> None:
        response = Client(enforce_csrf_checks=True).post("/api/auth/browser/v1/auth/login", {})

        assert response.status_code == 403
        assert response.json()["code"] == "csrf_failed"


class TestTheAdmin:
    """The admin's errors are HTML pages."""

    @pytest.mark.parametrize("debug", [True, False])
    def test_a_form_without_its_csrf_token_gets_an_html_page(self, settings: Settings, db: None, debug: bool) -> None:
        settings.DEBUG = debug
        response = Client(enforce_csrf_checks=True).post("/admin/login/", {}, format="multipart")

        assert response.status_code == 403
        assert response.headers["Content-Type"].startswith("text/html")

    def test_a_method_that_the_admin_does_not_support_gets_an_html_page(self, db: None) -> None:
        response = Client().post("/admin/jsi18n/")

        assert response.headers["Content-Type"].startswith("text/html")


class TestTheRegistry:
    def test_every_problem_type_is_explained_at_its_url(self, api_client: Client, db: None) -> None:
        listed = api_client.get("/api/problems").json()["results"]

        assert [entry["code"] for entry in listed] == [problem.code for problem in PROBLEM_TYPES]
        assert len({entry["code"] for entry in listed}) == len(listed)
        for entry in listed:
            assert api_client.get(entry["type"]).json() == entry

    def test_a_status_without_a_type_of_its_own_has_the_general_one(self) -> None:
        found: Callable[[int], str] = lambda status: PROBLEM_TYPES.find(code=None, status=status).code  # noqa: E731
        assert [found(status) for status in (418, 499, 404, 500, 599)] == [
            "invalid",
            "invalid",
            "not_found",
            "server_error",
            "server_error",
        ]

    def test_a_code_of_another_status_does_not_count(self) -> None:
        assert PROBLEM_TYPES.find(code="not_found", status=400).status == 400
