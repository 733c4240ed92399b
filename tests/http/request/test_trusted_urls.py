"""The URLs at which a browser may go on after it has been at a provider."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from api_project.http.request.csrf import is_trusted_url


@pytest.fixture(autouse=True)
def _origins(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["api.example.com", "other.example.com"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.com", "https://*.example.org", "http://one.example:8080"]
    settings.CSRF_TRUSTED_ORIGIN_REGEXES = []


def is_trusted(url: str) -> bool:
    return is_trusted_url(RequestFactory(SERVER_NAME="api.example.com").get("/", secure=True), url)


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/signed-in?a=b#c",
        "https://api.example.com/signed-in",
        "https://app.example.com",
        "https://APP.example.com/x",
        "https://a.example.org/x",
        "https://a.b.example.org/x",
        "http://one.example:8080/",
    ],
)
def test_pages_of_this_host_and_of_trusted_origins_are_trusted(url: str) -> None:
    assert is_trusted(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "signed-in",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https:///evil.example",
        "http://api.example.com/",
        "http://app.example.com/",
        "https://other.example.com/",
        "https://app.example.com:8443/",
        "https://app.example.com@evil.example/",
        "https://evil.example/https://app.example.com",
        "https://evil.example?.example.org",
        "https://evil.example#.example.org",
        "https://evil.example\\.example.org",
        "https://evilexample.org/",
        "https://app.example.com.evil.example/",
        "http://one.example:80801/",
        "https://app.example.com\n/",
        " https://app.example.com/",
        "javascript://app.example.com/%0aalert(1)",
        "https://[app.example.com/",
    ],
)
def test_other_pages_are_not_trusted(url: str) -> None:
    assert not is_trusted(url)
