"""The pages load nothing from other hosts, and their policy forbids it."""

import re
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

import schema

PAGES = ["/api/docs", "/api/redoc", "/api/sign-in"]
STATIC = Path(schema.__file__).parent / "static"


class Loaded(HTMLParser):
    """The references of a page, and its inline scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inside: list[str] = []
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        self.inside += [name for name, _value in attrs if name == "style" or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self._tag in {"script", "style"} and data.strip():
            self.inside.append(data)


def loaded_by(page: str) -> Loaded:
    parser = Loaded()
    parser.feed(Client().get(page).content.decode())
    return parser


@pytest.mark.parametrize("page", PAGES)
def test_a_page_refers_to_this_host_only(page: str) -> None:
    addresses = loaded_by(page).addresses
    assert addresses
    assert all(re.match("/[^/]", address) for address in addresses)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_loads_is_installed(page: str) -> None:
    paths = [urlsplit(address).path for address in loaded_by(page).addresses]
    static = [path for path in paths if path.startswith(settings.STATIC_URL)]
    assert static
    assert all(finders.find(path.removeprefix(settings.STATIC_URL)) for path in static)


@pytest.mark.parametrize("path", [path for path in STATIC.rglob("*") if path.is_file()], ids=lambda path: path.name)
def test_our_own_scripts_and_styles_name_no_host(path: Path) -> None:
    assert "://" not in path.read_text()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_script_or_style_inside(page: str) -> None:
    assert loaded_by(page).inside == []


@pytest.mark.parametrize("page", PAGES)
def test_the_policy_allows_this_host_only(page: str) -> None:
    policy = Client().get(page).headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert {directives["script-src"], directives["connect-src"]} <= {"'self'", "'none'"}
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert "//" not in policy


def test_the_swagger_page_has_the_cookie_whose_token_it_sends() -> None:
    response = Client().get("/api/docs")
    assert settings.CSRF_COOKIE_NAME in response.cookies
    assert f'data-csrf-cookie="{settings.CSRF_COOKIE_NAME}"' in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_no_shared_cache_keeps_a_page_that_sets_cookies(page: str) -> None:
    assert "private" in Client().get(page).headers["Cache-Control"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_allows_reading_only(page: str) -> None:
    assert Client().post(page).status_code == HTTPStatus.METHOD_NOT_ALLOWED
