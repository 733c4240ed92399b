"""zstd or gzip for long responses, with a strong entity tag of their own, if the client accepts it."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
import time_machine

from api_project import zstd
from tests.client import Client
from tests.factories import PASSWORD, make_post
from users.models import User

POSTS = "/api/v1/posts"
LOGIN = "/api/auth/app/v1/auth/login"


@pytest.fixture
def url(member: User) -> str:
    """A post whose response is long."""
    return f"{POSTS}/{make_post(member, body='Lorem ipsum. ' * 200).pk}"


def get(client: Client, url: str, accepted: str = "gzip", method: str = "get") -> Any:
    return getattr(client, method)(url, headers={"Accept-Encoding": accepted})


@pytest.mark.parametrize(
    ("coding", "decompress", "suffix"),
    [("gzip", gzip.decompress, "gz"), ("zstd", zstd.decompress, "zst")],
    ids=["gzip", "zstd"],
)
def test_a_long_response_is_compressed_and_the_same(
    api_client: Client, url: str, coding: str, decompress: Callable[[bytes], bytes], suffix: str
) -> None:
    plain, zipped = api_client.get(url), get(api_client, url, coding)

    assert zipped.headers["Content-Encoding"] == coding
    assert zipped.headers["Content-Length"] == str(len(zipped.content))
    assert len(zipped.content) < len(plain.content) / 3
    assert decompress(zipped.content) == plain.content
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["ETag"] == plain.headers["ETag"][:-1] + f'.{suffix}"'
    not_modified = api_client.get(url, headers={"Accept-Encoding": coding, "If-None-Match": zipped.headers["ETag"]})
    assert (not_modified.status_code, not_modified.headers["ETag"]) == (304, zipped.headers["ETag"])
    for response in (plain, zipped):
        assert "Accept-Encoding" in response.headers["Vary"]


def test_compressing_twice_gives_the_same_bytes(api_client: Client, url: str) -> None:
    """A strong tag promises equal bytes, also at another time."""
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC)):
        later = get(api_client, url)

    assert later.content == get(api_client, url).content


def test_head_describes_the_compressed_response(api_client: Client, url: str) -> None:
    zipped, head = get(api_client, url), get(api_client, url, method="head")

    for name in ("Content-Encoding", "Content-Length", "ETag", "Vary", "Content-Type", "Cache-Control"):
        assert head.headers[name] == zipped.headers[name]
    assert head.content == b""


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "gzip"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("zstd;q=0.5, gzip;q=0.5", "zstd"),
        ("br;q=1, GZIP;q=0.001", "gzip"),
        ("ZSTD;q=0.001", "zstd"),
        ("*", "zstd"),
        ("identity, *;q=0.5", "zstd"),
        ("zstd;q=0, *", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0.000, *", "zstd"),
        ("zstd;q=0, gzip; q=0.000, *", None),
        ("*;q=0", None),
        ("br, deflate", None),
        ("identity", None),
        ("", None),
        ("gzipped", None),
    ],
)
def test_a_client_gets_the_coding_that_it_prefers(
    api_client: Client, url: str, accepted: str, encoding: str | None
) -> None:
    assert get(api_client, url, accepted).headers.get("Content-Encoding") == encoding


def test_a_short_response_is_not_compressed(api_client: Client, member: User) -> None:
    url = f"{POSTS}/{make_post(member).pk}"
    plain, requested = api_client.get(url), get(api_client, url)

    assert len(plain.content) < 1024
    assert requested.content == plain.content
    assert requested.headers["ETag"] == plain.headers["ETag"]


def test_responses_to_writes_and_errors_are_compressed(member_client: Client) -> None:
    body = {"title": "Long", "body": "Lorem ipsum. " * 200}
    created = member_client.post(POSTS, body, headers={"Accept-Encoding": "gzip"})
    unknown = "&".join(f"parameter-{number}=1" for number in range(20))

    assert created.headers["Content-Encoding"] == "gzip"
    assert created.headers["ETag"] == get(member_client, created.headers["Location"]).headers["ETag"]
    assert get(member_client, f"{POSTS}?{unknown}").headers["Content-Encoding"] == "gzip"


def test_a_response_with_tokens_is_never_compressed(
    api_client: Client, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compressed length would reveal parts of the tokens (BREACH)."""
    monkeypatch.setattr("api_project.http.middleware.compression.MINIMUM_BYTES", 0)
    credentials = {"username": member.username, "password": PASSWORD}
    response = api_client.post(LOGIN, credentials, headers={"Accept-Encoding": "gzip"})

    assert response.status_code == HTTPStatus.OK
    assert response.json()["meta"]["access_token"]
    assert "Content-Encoding" not in response.headers
    assert "no-store" in response.headers["Cache-Control"]


def test_a_page_is_not_compressed_by_the_middleware(api_client: Client, db: None) -> None:
    assert "Content-Encoding" not in get(api_client, "/admin/login/").headers
