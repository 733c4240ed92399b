"""Find out from outside which forwarding headers the API believes if a client sends them itself.

WSGI gives `X_Forwarded_For` and `X-Forwarded-For` the same name (PEP 3333, after RFC 3875 §4.1.18). Only the proxy can
distinguish a header that it wrote from one that it passed on. Public responses reveal what the API believed: links in
the index show the scheme, and `RateLimit` shows whether the request counted for a new address.
"""

import json
import re
import secrets
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

INDEX = "/api/v1"
TIMEOUT = 10
# If two headers have the same name in WSGI, their order decides which one counts. A Content-Type changes the order.
COMPANIONS: list[dict[str, str]] = [{}, {"Content-Type": "application/json"}]


class Inconclusive(Exception):
    """The responses do not show what the API believes."""


def believed_headers(url: str) -> list[str]:
    """The names of the headers that the API believes, in both spellings. Raises OSError and Inconclusive."""
    scheme = _scheme(_get(url))
    if scheme != urlsplit(url).scheme:
        raise Inconclusive(
            f"its links begin with {scheme}:// (TRUSTED_PROXIES must name the proxy, and the proxy must send "
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
        _get(url)  # Use up a part of our own quota, so that a new address shows more left.
    for name in ("X-Forwarded-For", "X_Forwarded_For"):
        if any(_counts_as_new_client(url, name, companions) for companions in COMPANIONS):
            yield name


def _counts_as_new_client(url: str, name: str, companions: dict[str, str]) -> bool:
    """True if each of two requests with a new address counts as the first of its client."""
    return all(_is_first(_get(url, {name: _unused_address()} | companions)) for _ in range(2))


def _unused_address() -> str:
    """An address for documentation (RFC 3849), in a /64 of its own, because throttles count by /64."""
    return f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}::1"


def _get(url: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Inconclusive("expected a URL such as https://api.example.com")
    connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connection_class(parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        connection.request("GET", INDEX, headers={**(headers or {}), "Accept": "application/json"})
        response = connection.getresponse()
        response.content = response.read()  # type: ignore[attr-defined]
    except HTTPException as error:
        raise Inconclusive(f"it does not speak HTTP ({error!r})") from error
    finally:
        connection.close()
    if response.status == 429:
        raise Inconclusive(f"the rate limit is exceeded; try again in {response.headers['Retry-After']} seconds")
    return response


def _scheme(response: HTTPResponse) -> str:
    try:
        return urlsplit(json.loads(response.content)["posts"]).scheme  # type: ignore[attr-defined]
    except (ValueError, KeyError, TypeError) as error:
        raise Inconclusive(f"{INDEX} does not respond as this API does (status {response.status})") from error


def _is_first(response: HTTPResponse) -> bool:
    quota = re.search(r'"anon";q=(\d+)', response.headers.get("RateLimit-Policy", ""))
    left = re.search(r'"anon";r=(\d+)', response.headers.get("RateLimit", ""))
    if not quota or not left:
        raise Inconclusive("RATE_LIMIT_ANON is empty, so the responses do not show which client a request counts for")
    return int(left[1]) == int(quota[1]) - 1
