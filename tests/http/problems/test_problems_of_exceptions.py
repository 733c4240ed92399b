"""Exceptions of middleware, of views outside DRF, and of a database that is down."""

import json
from collections.abc import Iterator
from typing import NoReturn

import psycopg
import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest, DisallowedHost, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from pytest_django import Settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from api_project.http.problems.exceptions import flatten_errors
from api_project.http.viewsets.base import ApiView
from api_project.urls import handler500, urlpatterns
from tests.client import Client
from tests.factories import PASSWORD
from tests.logs import logged

__all__ = ["handler500"]

MEDIA_TYPE = "application/problem+json"
SECRET = "hunter2-hunter2"

LOST = DatabaseError("server closed the connection unexpectedly")
LOST.__cause__ = psycopg.DatabaseError()

EXCEPTIONS: dict[str, tuple[Exception, int, str]] = {
    "not-found": (Http404(), 404, "not_found"),
    "denied": (PermissionDenied(), 403, "permission_denied"),
    "bad": (BadRequest(), 400, "bad_request"),
    "suspicious": (SuspiciousOperation(), 400, "bad_request"),
    "host": (DisallowedHost(), 400, "bad_request"),
    "too-big": (RequestDataTooBig(), 413, "body_too_large"),
    "database": (OperationalError("the server went away"), 503, "unavailable"),
    "connection": (InterfaceError("connection already closed"), 503, "unavailable"),
    "lost": (LOST, 503, "unavailable"),
    "throttled": (Throttled(wait=1.2), 429, "throttled"),
    "bug": (RuntimeError(SECRET), 500, "server_error"),
}


def plain_view(request: HttpRequest, name: str) -> HttpResponse:
    raise EXCEPTIONS[name][0]


class OurView(ApiView):
    def get(self, request: Request, name: str) -> NoReturn:
        raise EXCEPTIONS[name][0]


urlpatterns = [
    path("api/plain/<str:name>", plain_view),
    path("api/ours/<str:name>", OurView.as_view()),
    path("admin/plain/<str:name>", plain_view),
    *urlpatterns,
]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture(params=[False, True], ids=["production", "debug"], autouse=True)
def _debug(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.DEBUG = bool(request.param)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("name", EXCEPTIONS)
@pytest.mark.parametrize("view", ["plain", "ours"])
def test_an_exception_of_a_view_is_a_problem(client: Client, view: str, name: str) -> None:
    response = client.get(f"/api/{view}/{name}")

    _exception, status, code = EXCEPTIONS[name]
    assert response.status_code == status
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert response.json()["code"] == code
    assert response.json()["status"] == status
    assert response.has_header("Retry-After") == (status in {429, 503})


@pytest.mark.parametrize("name", ["not-found", "denied", "bad", "host", "database", "connection", "bug"])
def test_an_exception_of_middleware_is_a_problem(client: Client, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exception, status, code = EXCEPTIONS[name]

    def fail(*_args: object) -> NoReturn:
        raise exception

    monkeypatch.setattr(SessionMiddleware, "process_response", fail)
    response = client.get("/livez", headers={"Cookie": "any=cookie"})  # Without one, it has no session.

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert response.has_header("Retry-After") == (status == 503)
    assert response.headers["X-Request-ID"] == response.json()["request_id"]


def test_a_bug_is_reported_to_the_log_alone(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    for view in ("plain", "ours"):
        response = client.get(f"/api/{view}/bug")

        [line] = [line for line in logged(capfd) if line["level"] == "error"]
        assert f"RuntimeError: {SECRET}" in line["exception"]
        assert line["request_id"] == response.json()["request_id"]
        assert SECRET not in response.content.decode()


def test_an_exception_in_the_admin_is_a_page(client: Client) -> None:
    for name, status in (("not-found", 404), ("denied", 403), ("bug", 500)):
        response = client.get(f"/admin/plain/{name}")
        assert response.status_code == status
        assert response.headers["Content-Type"].startswith("text/html")


class TestADatabaseThatIsAway:
    @pytest.fixture(autouse=True)
    def away(self, member_client: Client) -> Iterator[None]:
        def fail(*_args: object) -> NoReturn:
            raise OperationalError("the server went away")

        with connection.execute_wrapper(fail):
            yield

    @pytest.mark.parametrize(
        ("method", "path", "headers"),
        [
            ("GET", "/api/v1/posts", {}),
            ("GET", "/api/v1/posts/a-post", {}),
            ("GET", "/api/v1/tags", {}),
            ("POST", "/api/v1/users", {}),
            ("GET", "/api/v1/posts", {"Cookie": f"sessionid={'a' * 32}"}),
            ("GET", "/api/auth/browser/v1/auth/session", {"Cookie": f"sessionid={'a' * 32}"}),
            ("GET", "/api/auth/app/v1/auth/session", {"X-Session-Token": "a" * 32}),
            ("POST", "/api/auth/app/v1/auth/login", {}),
            ("POST", "/api/auth/browser/v1/auth/login", {}),
            ("GET", "/readyz", {}),
        ],
    )
    def test_a_database_outage_is_reported_with_retry_after(
        self, client: Client, method: str, path: str, headers: dict[str, str]
    ) -> None:
        body = {"username": "ada", "password": PASSWORD} | (
            {"email": "a@example.com"} if path.endswith("users") else {}
        )
        response = client.generic(method, path, json.dumps(body), "application/json", headers=headers)

        assert response.status_code == 503
        assert response.headers["Content-Type"] == MEDIA_TYPE
        assert int(response.headers["Retry-After"]) >= 1
        assert response.json()["code"] == "unavailable"

    def test_a_database_outage_is_reported_to_a_caller_with_a_token(self, member_client: Client) -> None:
        assert member_client.get("/api/v1").status_code == 503

    @pytest.mark.parametrize("path", ["/livez", "/api/v1", "/api/docs", "/api/schema", "/api/problems"])
    def test_pages_without_the_database_are_served_during_an_outage(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 200

    def test_the_swagger_page_is_served_to_a_signed_in_user_during_an_outage(self, client: Client) -> None:
        assert client.get("/api/docs", headers={"Cookie": f"sessionid={'a' * 32}"}).status_code == 200


def test_errors_have_pointers_into_nested_values_and_lists() -> None:
    """DRF reports the errors of a list in a dict by index, and those of a list of objects in a list."""
    detail = {
        "tags": {0: ["No tag.", "No text."], 3: ["No tag."]},
        "author": {"address": {"city~/": ["No city."]}, "non_field_errors": ["No author."]},
        "links": [{}, {"url": ["No URL."]}],
        "non_field_errors": ["Nothing fits."],
    }
    assert [(error.name, error.detail) for error in flatten_errors(detail)] == [
        ("#/tags/0", "No tag."),
        ("#/tags/0", "No text."),
        ("#/tags/3", "No tag."),
        ("#/author/address/city~0~1", "No city."),
        ("#/author", "No author."),
        ("#/links/1/url", "No URL."),
        ("#", "Nothing fits."),
    ]


@pytest.fixture
def without_tags(transactional_db: None) -> Iterator[None]:
    """The database of another release, which has no table of tags."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE posts_tag RENAME TO posts_label")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE posts_label RENAME TO posts_tag")


@pytest.mark.parametrize("in_development", [True, False])
def test_a_missing_table_names_migrate_to_developers_only(
    in_development: bool, without_tags: None, settings: Settings
) -> None:
    settings.DEBUG = in_development
    client = Client(raise_request_exception=False)
    response = client.get("/api/v1/tags")
    assert response.status_code == (503 if in_development or connection.vendor == "sqlite" else 500)
    assert ("manage.py migrate" in response.json()["detail"]) == in_development
