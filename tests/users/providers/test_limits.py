"""Limits of the requests to a provider: their time, their size, and how many there are."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.openid import Issuer
from tests.server import at_once
from tests.users.providers.conftest import PAGE, App, Browser

FAILED = {"error": "unknown", "error_process": "login"}
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
DRIPS = 28  # Half seconds.


def drip(text: bytes) -> Iterator[bytes]:
    for _ in range(DRIPS):
        yield text
        time.sleep(0.5)


def slow_headers(claims: bytes) -> Iterator[bytes]:
    yield OK + b"X: "
    yield from drip(b"x")
    yield b"\r\n\r\n" + claims


def slow_body(claims: bytes) -> Iterator[bytes]:
    yield OK + b"\r\n"
    yield from drip(b" ")
    yield claims


def slow_chunks(claims: bytes) -> Iterator[bytes]:
    yield OK + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from drip(b"0")
    yield b"%x\r\n%b\r\n0\r\n\r\n" % (len(claims), claims)


def long_body(claims: bytes) -> Iterator[bytes]:
    yield OK + b"\r\n" + b" " * 1024 * 1024 + claims


def compressed(claims: bytes) -> Iterator[bytes]:
    yield OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b" " * 1024 * 1024 + claims)


def redirect(_claims: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 302 Found\r\nLocation: /moved\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("response", [slow_headers, slow_body, slow_chunks, long_body, compressed, redirect])
def test_a_response_is_limited(browser: Browser, issuer: Issuer, response: Callable[[bytes], Iterator[bytes]]) -> None:
    claims = json.dumps(issuer.user).encode()
    issuer.raw = {"/userinfo": partial(response, claims), "/moved": lambda: iter([OK + b"\r\n" + claims])}
    begun = time.monotonic()
    assert browser.visit() == FAILED
    assert time.monotonic() - begun < DRIPS / 2
    issuer.raw = {"/userinfo": lambda: iter([OK + b"\r\n" + claims])}
    assert browser.visit() == {}


def test_metadata_and_keys_are_requested_once_by_each_process(new_app: Callable[[], App], issuer: Issuer) -> None:
    for _ in range(8):
        assert new_app().with_token(issuer.id_token()).status_code == 200
    assert len(issuer.requests) <= 4


def test_many_devices_sign_in_at_once(new_app: Callable[[], App], issuer: Issuer) -> None:
    issuer.seconds = 0.15
    apps = [new_app() for _ in range(16)]
    responses = at_once([partial(app.with_token, issuer.id_token()) for app in apps])
    assert {each.status_code for each in responses} == {200}


def test_a_browser_that_found_no_slot_signs_in_later(new_browser: Callable[[], Browser], issuer: Issuer) -> None:
    browsers = [new_browser() for _ in range(10)]
    backs = [browser.way_back(browser.redirect()) for browser in browsers]
    issuer.seconds = 0.3
    with ThreadPoolExecutor(len(browsers)) as pool:
        first = list(pool.map(lambda browser, back: browser.get(back), browsers, backs))
    assert {each.status_code for each in first} == {302, 503}
    for browser, back, response in zip(browsers, backs, first, strict=True):
        seen = response
        while seen.status_code == 503:
            seen = browser.get(back)
        assert seen.headers["Location"] == PAGE


def test_a_new_key_is_accepted_and_an_unknown_one_costs_few_requests(
    new_app: Callable[[], App], issuer: Issuer
) -> None:
    for _ in range(8):
        new_app().with_token(issuer.id_token())
    time.sleep(5)
    issuer.requests.clear()
    for _ in range(8):
        assert new_app().with_token(issuer.id_token(kid="unknown")).status_code == 400
    assert len(issuer.requests) <= 2
    time.sleep(5)
    issuer.kid = "second"
    for _ in range(4):
        assert new_app().with_token(issuer.id_token()).status_code == 200
