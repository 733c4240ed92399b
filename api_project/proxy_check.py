"""Which headers about a client the API believes of the client itself, seen from outside.

WSGI spells `X_Forwarded_For` and `X-Forwarded-For` alike (PEP 3333, after RFC 3875 §4.1.18). Only the proxy can tell
one that it has written from one that it has passed on. What the API believed shows in responses that anybody gets:
links in the index tell the scheme, and `RateLimit` whose limit a request was counted against.
"""

import json
import re
import secrets
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

INDEX = "/api/v1"
TIMEOUT = 10
# The order decides which of two headers of one name in WSGI counts, and a Content-Type changes the order.
COMPANIONS: list[dict[str, str]] = [{}, {"Content-Type": "application/json"}]


class Unclear(Exception):
    """The responses do not tell."""


def believed_headers(url: str) -> list[str]:
    """The names, in both spellings. Raises OSError and Unclear."""
    scheme = _scheme(_get(url))
    if scheme != urlsplit(url).scheme:
        raise Unclear(
            f"its links begin with {scheme}:// (TRUSTED_PROXIES has to name the proxy, and the proxy to send "
            "X-Forwarded-Proto)"
        )
    return [*_believed_schemes(url, scheme), *_believed_addresses(url)]


def _believed_schemes(url: str, scheme: str) -> Iterator[str]:
    other = "http" if scheme == "https" else "https"
    for name in ("X-Forwarded-Proto", "X_Forwarded_Proto"):
        if any(_scheme(_get(url, {name: other} | companions)) != scheme for companions in COMPANIONS):
            yield name


def _believed_addresses(url: str) -> Iterator[str]:
    for _ in range(2):
        _get(url)  # So that a limit of our own has less left than one that nobody has used.
    for name in ("X-Forwarded-For", "X_Forwarded_For"):
        if any(_is_somebody_else(url, name, companions) for companions in COMPANIONS):
            yield name


def _is_somebody_else(url: str, name: str, companions: dict[str, str]) -> bool:
    """Whether two requests in a row, each with an address that was never used, are both the first of somebody."""
    return all(_is_first(_get(url, {name: _unused_address()} | companions)) for _ in range(2))


def _unused_address() -> str:
    """Of the network for documentation (RFC 3849), in a /64 of its own, since that is what is counted."""
    return f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}::1"


def _get(url: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    place = urlsplit(url)
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise Unclear("expected a URL such as https://api.example.com")
    kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
    http = kind(place.hostname, place.port, timeout=TIMEOUT)
    try:
        http.request("GET", INDEX, headers={**(headers or {}), "Accept": "application/json"})
        response = http.getresponse()
        response.content = response.read()  # type: ignore[attr-defined]
    except HTTPException as error:
        raise Unclear(f"it does not speak HTTP ({error!r})") from error
    finally:
        http.close()
    if response.status == 429:
        raise Unclear(f"the limit is used up; try again in {response.headers['Retry-After']} seconds")
    return response


def _scheme(response: HTTPResponse) -> str:
    try:
        return urlsplit(json.loads(response.content)["posts"]).scheme  # type: ignore[attr-defined]
    except (ValueError, KeyError, TypeError) as error:
        raise Unclear(f"{INDEX} is not answered as by this API (status {response.status})") from error


def _is_first(response: HTTPResponse) -> bool:
    quota = re.search(r'"anon";q=(\d+)', response.headers.get("RateLimit-Policy", ""))
    left = re.search(r'"anon";r=(\d+)', response.headers.get("RateLimit", ""))
    if not quota or not left:
        raise Unclear("RATE_LIMIT_ANON is empty, so that nothing tells whose limit a request counts against")
    return int(left[1]) == int(quota[1]) - 1
