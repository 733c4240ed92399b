"""Static files are sent compressed, and cached for a year under URLs that change with their content."""

import gzip
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client

BUNDLE = "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
ICON = "drf_spectacular_sidecar/swagger-ui-dist/favicon-32x32.png"


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    content: bytes


def fetch(address: str, method: str = "GET", **headers: str) -> Response:
    response: Any = Client().generic(method, address, headers={"Accept-Encoding": "gzip, br", **headers})
    return Response(response.status_code, response.headers, b"".join(response))


def test_a_script_is_compressed_for_clients_that_accept_it() -> None:
    whole = fetch(static(BUNDLE), **{"Accept-Encoding": "identity"})
    short = fetch(static(BUNDLE))

    assert "Content-Encoding" not in whole.headers
    assert short.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(short.content) == whole.content
    assert int(short.headers["Content-Length"]) == len(short.content) < int(whole.headers["Content-Length"]) / 2
    assert "ETag" not in short.headers  # One tag would stand for two encodings.
    assert whole.headers["Vary"] == short.headers["Vary"] == "Accept-Encoding"
    assert whole.headers["Content-Type"] == short.headers["Content-Type"]


def test_a_compressed_file_is_not_compressed_again() -> None:
    assert "Content-Encoding" not in fetch(static(ICON)).headers


def test_head_of_a_static_file_has_the_length_of_its_get() -> None:
    head = fetch(static(BUNDLE), "HEAD")

    assert head.headers["Content-Length"] == fetch(static(BUNDLE)).headers["Content-Length"]
    assert head.content == b""


@pytest.mark.parametrize("name", [BUNDLE, ICON])
def test_a_page_versions_its_static_files_and_browsers_cache_them(name: str) -> None:
    assert "immutable" in fetch(static(name)).headers["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?v=", "?v=another"])
def test_a_static_url_without_a_version_is_revalidated(query: str) -> None:
    assert "immutable" not in fetch(f"/static/{BUNDLE}{query}").headers["Cache-Control"]


def test_a_changed_static_file_has_another_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "docs.css"
    monkeypatch.setattr(finders, "find", lambda _name: str(path))
    path.write_text("html {}")
    before = static("docs.css")
    path.write_text("body {}")
    os.utime(path, ns=(0, 0))  # Two consecutive writes can have the same time.

    assert static("docs.css") != before


def test_a_cached_static_file_is_not_sent_again() -> None:
    known = fetch(static(BUNDLE)).headers["Last-Modified"]
    assert fetch(static(BUNDLE), **{"If-Modified-Since": known}).status == 304


def test_a_missing_static_file_has_a_url_without_a_version() -> None:
    assert static("nothing.js") == "/static/nothing.js"
