"""One log line for each request, with the id that its response has, and without any secret."""

import logging
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient
from structlog.stdlib import ProcessorFormatter

from api_project.http.viewsets.base import ApiView
from posts.models import Post
from tests.client import Client
from tests.factories import PASSWORD
from tests.logs import logged
from users.models import User

LOGIN = "/api/auth/app/v1/auth/login"
UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return of_requests(logged(capfd))


def of_requests(written: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in written if line["event"] == "request"]


def test_a_request_has_one_log_line(
    capfd: pytest.CaptureFixture[str], member_client: Client, member: User, post: Post
) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = member_client.get(f"/api/v1/posts/{post.slug}/?fields=id")

    [line] = lines(capfd)
    assert line.pop("duration_ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "api_project.requests",
        "method": "GET",
        "path": f"/api/v1/posts/{post.slug}",
        "status": 200,
        "user_id": str(member.pk),
        "queries": len(queries),
        "request_id": response.headers["X-Request-ID"],
    }


@pytest.mark.parametrize(
    "expected",
    [
        ("HEAD", "/api/v1/posts", 200),
        ("OPTIONS", "/api/v1/posts", 204),
        ("GET", "/nothing", 404),
        ("POST", "/api/v1/posts", 401),
        ("GET", "/livez", 200),
        ("GET", "/api/docs", 200),
        ("GET", "/admin/", 302),
        ("GET", "/static/schema/docs.css", 200),
    ],
)
def test_every_kind_of_request_has_one_log_line(
    expected: tuple[str, str, int], capfd: pytest.CaptureFixture[str], api_client: Client, db: None
) -> None:
    method, path, _status = expected
    response = api_client.generic(method, path)
    response.close()

    [line] = lines(capfd)
    assert (line["method"], line["path"], line["status"]) == expected
    assert line["user_id"] is None
    assert response.headers["X-Request-ID"] == line["request_id"]


@pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 128])
def test_a_valid_request_id_is_accepted(
    given: str, capfd: pytest.CaptureFixture[str], api_client: Client, db: None
) -> None:
    responses = [api_client.get(path, headers={"X-Request-ID": given}) for path in ("/api/v1/posts", "/nothing")]

    assert [response.headers["X-Request-ID"] for response in responses] == [given, given]
    assert responses[-1].json()["request_id"] == given
    assert [line["request_id"] for line in lines(capfd)] == [given, given]


@pytest.mark.parametrize("given", ["", " a", "a b", "x" * 129, "ä", "a/b", "a,b", '{"a"}', "a\u2028"])
def test_an_invalid_request_id_is_replaced(given: str, api_client: Client) -> None:
    made = api_client.get("/livez", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert re.fullmatch(UUID7, made)


def test_requests_without_an_id_get_different_ids(api_client: Client) -> None:
    assert len({api_client.get("/livez").headers["X-Request-ID"] for _ in range(9)}) == 9


def test_no_log_line_has_a_secret(
    capfd: pytest.CaptureFixture[str], member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bodies, headers, cookies and query strings stay out of the log, even after an error."""
    client, secret = APIClient(raise_request_exception=False), "hunter2-hunter2"
    tokens = client.post(LOGIN, {"username": member.username, "password": PASSWORD}).json()["meta"]
    assert tokens.pop("is_authenticated")
    headers = dict.fromkeys(["X-Session-Token", "X-Password-Reset-Key", "X-CSRFToken", "Idempotency-Key"], secret)
    headers |= {"Authorization": f"Bearer {secret}", "Cookie": f"sessionid={secret}"}

    client.post(LOGIN, {"username": member.username, "password": secret})
    client.post("/api/auth/app/v1/tokens/refresh", {"refresh_token": tokens["refresh_token"]})
    client.get(f"/api/v1/posts?search={secret}", headers=headers)
    client.get(f"/api/auth/app/v1/auth/password/reset?key={secret}", headers={"X-Password-Reset-Key": secret})

    def break_down(_view: ApiView, _request: object) -> None:
        password = secret
        raise RuntimeError(len(password))

    monkeypatch.setattr(ApiView, "check_content", break_down)
    assert client.post("/api/v1/users", {"password": secret}).status_code == 500

    written = logged(capfd)
    text = str(written)
    assert len(of_requests(written)) == 6
    assert "RuntimeError: 15" in text
    handed_out = [tokens[name] for name in ("access_token", "refresh_token", "session_token")]
    assert [each for each in (secret, PASSWORD, *handed_out) if each in text] == []


def test_an_error_that_a_library_logs_has_no_values_of_variables() -> None:
    """Django, for one, logs that a mail could not be sent, and the server's password is in a variable of smtplib's."""

    def sign_in(password: str) -> None:
        raise ConnectionError(len(password))

    with pytest.raises(ConnectionError) as raised:
        sign_in("hunter2-hunter2")
    error = (raised.type, raised.value, raised.tb)
    record = logging.LogRecord("django", logging.ERROR, __file__, 1, "Not sent", (), error)
    (formatter,) = {
        each.formatter for each in logging.getLogger().handlers if isinstance(each.formatter, ProcessorFormatter)
    }
    text = formatter.format(record)
    assert '"name":"sign_in"' in text
    assert "hunter2" not in text
