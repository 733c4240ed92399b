"""Static files are sent compressed, and kept for a year under addresses that change with them."""

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


def ask(address: str, method: str = "GET", **headers: str) -> Response:
    response: Any = Client().generic(method, address, headers={"Accept-Encoding": "gzip, br", **headers})
    return Response(response.status_code, response.headers, b"".join(response))


def test_a_script_is_sent_compressed_to_those_who_take_it() -> None:
    whole = ask(static(BUNDLE), **{"Accept-Encoding": "identity"})
    short = ask(static(BUNDLE))

    assert "Content-Encoding" not in whole.headers
    assert short.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(short.content) == whole.content
    assert int(short.headers["Content-Length"]) == len(short.content) < int(whole.headers["Content-Length"]) / 2
    assert "ETag" not in short.headers  # It would stand for two encodings.
    assert whole.headers["Vary"] == short.headers["Vary"] == "Accept-Encoding"
    assert whole.headers["Content-Type"] == short.headers["Content-Type"]


def test_what_is_compressed_already_is_sent_as_it_is() -> None:
    assert "Content-Encoding" not in ask(static(ICON)).headers


def test_a_head_tells_the_length_of_what_a_get_brings() -> None:
    head = ask(static(BUNDLE), "HEAD")

    assert head.headers["Content-Length"] == ask(static(BUNDLE)).headers["Content-Length"]
    assert head.content == b""


@pytest.mark.parametrize("name", [BUNDLE, ICON])
def test_a_page_names_a_file_by_its_content_and_browsers_keep_it(name: str) -> None:
    assert "immutable" in ask(static(name)).headers["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?v=", "?v=another"])
def test_an_address_that_does_not_name_the_content_is_revalidated(query: str) -> None:
    assert "immutable" not in ask(f"/static/{BUNDLE}{query}").headers["Cache-Control"]


def test_a_changed_file_has_another_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "docs.css"
    monkeypatch.setattr(finders, "find", lambda _name: str(path))
    path.write_text("html {}")
    before = static("docs.css")
    path.write_text("body {}")
    os.utime(path, ns=(0, 0))  # Two writes in a row can have one time.

    assert static("docs.css") != before


def test_what_a_browser_has_is_not_sent_again() -> None:
    known = ask(static(BUNDLE)).headers["Last-Modified"]
    assert ask(static(BUNDLE), **{"If-Modified-Since": known}).status == 304


def test_a_file_that_is_not_installed_keeps_its_plain_address() -> None:
    assert static("nothing.js") == "/static/nothing.js"
