"""CORS: the origins whose pages may call the API, and the headers that they may send and see."""

from typing import Any

import pytest
from pytest_django import Settings

from tests.client import Client

OURS = "https://app.example.com"
PATHS = ["/api/v1/posts", "/api/v1/posts/nothing", "/api/auth/browser/v1/auth/login", "/api/schema", "/api/x", "/livez"]
SENT = (
    "Accept Authorization Content-Type If-Match If-None-Match Idempotency-Key X-CSRFToken X-Request-ID X-Session-Token"
    " X-Email-Verification-Key X-Password-Reset-Key traceparent tracestate"
)
SEEN = (
    "ETag Location Link Allow Retry-After RateLimit RateLimit-Policy WWW-Authenticate Idempotency-Replayed X-Request-ID"
)

each_path = pytest.mark.parametrize("path", PATHS)


@pytest.fixture(autouse=True)
def _origins(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [OURS]


def cors_headers(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.lower().startswith("access-control-")}


def listed(response: Any, header: str) -> set[str]:
    return {name.strip().lower() for name in response.headers[header].split(",")}


def preflight(client: Client, path: str, origin: str, method: str = "PATCH") -> Any:
    return client.options(path, headers={"Origin": origin, "Access-Control-Request-Method": method})


@each_path
def test_configured_origins_may_call_everything_with_credentials(path: str, api_client: Client, db: None) -> None:
    response = preflight(api_client, path, OURS)

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == OURS
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert listed(response, "Access-Control-Allow-Headers") >= {name.lower() for name in SENT.split()}
    assert listed(response, "Access-Control-Allow-Methods") >= {"get", "post", "put", "patch", "delete"}
    assert "origin" in listed(response, "Vary")


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@each_path
def test_configured_origins_see_all_headers_of_all_responses(
    path: str, method: str, api_client: Client, db: None
) -> None:
    response = api_client.generic(method, path, headers={"Origin": OURS})

    assert response.headers["Access-Control-Allow-Origin"] == OURS
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert listed(response, "Access-Control-Expose-Headers") == {name.lower() for name in SEEN.split()}
    assert "origin" in listed(response, "Vary")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://app.example.com.evil.example",
        "https://evil.example/https://app.example.com",
        "null",
        "",
        "http://[",
        "*",
    ],
)
@each_path
def test_other_origins_get_no_cors_headers(path: str, origin: str, api_client: Client, db: None) -> None:
    responses = [preflight(api_client, path, origin), api_client.get(path, headers={"Origin": origin})]

    assert [cors_headers(response) for response in responses] == [{}, {}]
    assert all("origin" in listed(response, "Vary") for response in responses)


def test_the_admin_has_no_cors_headers(api_client: Client, db: None) -> None:
    for path in ("/admin/", "/admin/login/", "/"):
        assert cors_headers(preflight(api_client, path, OURS)) == {}
        assert cors_headers(api_client.get(path, headers={"Origin": OURS})) == {}
