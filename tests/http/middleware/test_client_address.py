"""The address of a client: only a trusted proxy may set it."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from api_project.http.middleware.client_address import FORWARDING_HEADERS, ClientAddressMiddleware
from tests.client import Client
from users.models import User

PROXIES = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]


@pytest.fixture(autouse=True)
def _proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def seen(peer: str, **forwarded: str) -> dict[str, Any]:
    """The environment of a request after the middleware."""
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": peer, **forwarded}
    ClientAddressMiddleware(lambda _request: HttpResponse())(request)
    return request.META


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9,192.0.2.1", "198.51.100.1"),
        ("10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("10.1.2.3", "6.6.6.6, unknown", "10.1.2.3"),
        ("10.1.2.3", "6.6.6.6,", "10.1.2.3"),
        ("10.1.2.3", "198.51.100.1:4711", "198.51.100.1"),
        ("10.1.2.3", "[2001:db9::1]:4711", "2001:db9::1"),
        ("10.1.2.3", "[2001:db9::1]", "2001:db9::1"),
        ("10.1.2.3", "2001:DB9:0::1", "2001:db9::1"),
        ("::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8::5", "2001:db9::1", "2001:db9::1"),
        ("2001:db9::5", "198.51.100.1", "2001:db9::5"),
        ("", "198.51.100.1", "::"),
    ],
)
def test_the_client_is_the_nearest_address_that_is_not_a_trusted_proxy(
    peer: str, forwarded_for: str, address: str
) -> None:
    assert seen(peer, HTTP_X_FORWARDED_FOR=forwarded_for)["REMOTE_ADDR"] == address


def test_without_trusted_proxies_no_forwarding_header_counts(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = []
    assert seen("10.1.2.3", HTTP_X_FORWARDED_FOR="198.51.100.1")["REMOTE_ADDR"] == "10.1.2.3"


def test_forwarding_headers_of_untrusted_peers_are_dropped() -> None:
    said = dict.fromkeys(FORWARDING_HEADERS, "x")

    assert seen("203.0.113.9", **said) == {"REMOTE_ADDR": "203.0.113.9"}
    assert set(seen("10.1.2.3", **said)) == {"REMOTE_ADDR", *FORWARDING_HEADERS}


@given(st.text() | st.from_regex(r"([0-9a-f.:\[\]]{0,9}, ?){0,9}"))
def test_no_forwarding_header_causes_an_error(forwarded_for: str) -> None:
    assert seen("192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded_for)["REMOTE_ADDR"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "X_Forwarded_For"])
def test_no_header_evades_a_rate_limit(header: str, settings: Settings, api_client: Client, db: None) -> None:
    settings.RATE_LIMITS = {"anon": (2, 60)}
    given = [f"for=198.51.100.{number}" if header == "Forwarded" else f"198.51.100.{number}" for number in range(4)]
    statuses = [
        api_client.get("/api/v1", headers={header: each}, REMOTE_ADDR="203.0.113.9").status_code for each in given
    ]

    assert statuses == [200, 200, 429, 429]


def test_each_client_behind_a_proxy_has_its_own_rate_limit(settings: Settings, api_client: Client, db: None) -> None:
    settings.RATE_LIMITS = {"anon": (1, 60)}
    clients = ["198.51.100.1", "198.51.100.2", "6.6.6.6, 198.51.100.1"]
    statuses = [
        api_client.get("/api/v1", headers={"X-Forwarded-For": each}, REMOTE_ADDR="10.1.2.3").status_code
        for each in clients
    ]

    assert statuses == [200, 200, 429]


@pytest.mark.parametrize(("peer", "scheme"), [("10.1.2.3", "https"), ("203.0.113.9", "http")])
def test_only_a_trusted_proxy_sets_scheme_and_host(peer: str, scheme: str, api_client: Client, db: None) -> None:
    headers = {
        "Host": "testserver",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "81",
    }
    index = api_client.get("/api/v1", headers=headers, REMOTE_ADDR=peer).json()

    assert index["posts"] == f"{scheme}://testserver/api/v1/posts"


def test_a_session_records_the_address_of_its_client(api_client: Client, member: User) -> None:
    headers = {"X-Forwarded-For": "6.6.6.6, 198.51.100.1"}
    body = {"username": member.username, "password": "correct-horse-battery-staple"}
    response = api_client.post("/api/auth/app/v1/auth/login", body, headers=headers, REMOTE_ADDR="10.1.2.3")
    api_client.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['meta']['access_token']}")

    [session] = api_client.get("/api/auth/app/v1/auth/sessions").json()["data"]
    assert session["ip"] == "198.51.100.1"
