"""A shared cache in the bundled nginx never sends one caller's response to another."""

import json
import random
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from tests.deploy.nginx import NAME, Proxy, proxying
from tests.server import PASSWORD, Server

POSTS, LOGIN = "/api/v1/posts", "/api/auth/browser/v1/auth/login"
# The cache is bolder than the headers allow: it stores responses for ten minutes, and obeys only "private" and Vary.
EAGER = """
proxy_cache_path {directory}/cache keys_zone=shared:1m;
map $upstream_http_cache_control $not_shared {{ default 1; "~^public" 0; }}
"""
OBEYING = "proxy_ignore_headers Cache-Control Expires; proxy_no_cache $not_shared;"
CARELESS = "proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;"
AS_CONFIGURED = ""
REQUESTS = 150
Headers = dict[str, str]


@dataclass(frozen=True)
class Response:
    status: int
    tag: str | None
    encoding: str | None
    content: bytes

    @classmethod
    def through(cls, proxy: Proxy, path: str, headers: dict[str, str]) -> tuple["Response", str]:
        """The response, and its outcome in the cache."""
        response, content = proxy.fetch("GET", path, headers=headers)
        if response.headers["Content-Type"] == "application/problem+json":
            content = json.loads(content)["code"].encode()  # The rest distinguishes one request from another.
        result = cls(response.status, response.headers["ETag"], response.headers["Content-Encoding"], content)
        return result, response.headers.get("X-Cache", "")


@pytest.fixture(scope="module")
def callers(server: Server, proxy: Proxy) -> list[Headers]:
    """An anonymous caller, two members by token and by cookie, and a caller with a meaningless cookie."""
    tokens = [server.signed_up() for _ in range(2)]
    for token in tokens:
        for body in (
            {"title": "Public", "body": "long " * 300},
            {"title": "Secret", "body": "b", "published_at": None},
        ):
            assert server.send("POST", POSTS, body, **token).status == 201
    return [{}, *tokens, *(signed_in_by_cookie(server, proxy, token) for token in tokens), {"Cookie": "theme=dark"}]


def signed_in_by_cookie(server: Server, proxy: Proxy, token: dict[str, str]) -> dict[str, str]:
    csrf = "0123456789abcdefghijklmnopqrstuv"
    headers = {"Cookie": f"csrftoken={csrf}", "X-CSRFToken": csrf, "Referer": f"https://{NAME}/"}
    username = server.send("GET", "/api/v1/users/me", **token).body["username"]
    body = json.dumps({"username": username, "password": PASSWORD}).encode()
    response, _ = proxy.fetch("POST", LOGIN, body, {"Content-Type": "application/json", **headers})
    set_cookies = response.headers.get_all("Set-Cookie", [])
    (session,) = [cookie.partition(";")[0] for cookie in set_cookies if cookie.startswith("sessionid=")]
    return {"Cookie": session}


@pytest.fixture(scope="module")
def traffic(server: Server, callers: list[Headers]) -> list[tuple[str, Headers]]:
    """Requests of every caller for public and for private resources."""
    drafts = [server.send("GET", f"{POSTS}?status=draft", **token).body["results"] for token in callers[1:3]]
    paths = [
        *(POSTS, f"{POSTS}?status=any", "/api/v1/users/me", "/api/v1/users/me/account", "/api/v1/users", "/api/v1"),
        *(f"{POSTS}/{found[0]['id']}" for found in drafts),
    ]
    return list(product(paths, callers))


def caching(server: Server, directory: Path, rules: str) -> AbstractContextManager[Proxy]:
    proxied = "location / {\n        proxy_pass"
    location = f"""location / {{
        proxy_cache shared; proxy_cache_valid any 10m; {rules} add_header X-Cache $upstream_cache_status always;"""
    http = EAGER.format(directory=directory)
    return proxying(directory, server.port, http=http, edits={proxied: location + proxied.removeprefix("location / {")})


def wrong_responses(plain: Proxy, cached: Proxy, traffic: list[tuple[str, Headers]]) -> tuple[int, Counter[str]]:
    """The number of responses that differ from the caller's uncached ones, and the outcomes of the cache."""
    right: dict[str, Response] = {}
    chosen, wrong, outcomes = random.Random(1), 0, Counter[str]()  # noqa: S311
    for _ in range(REQUESTS):
        path, caller = chosen.choice(traffic)
        headers = {"Accept-Encoding": chosen.choice(["gzip", "identity", "gzip;q=0.5, br"]), **caller}
        key = json.dumps([path, headers])
        if key not in right:
            right[key], _ = Response.through(plain, path, headers)
        response, outcome = Response.through(cached, path, headers)
        wrong += response != right[key]
        outcomes[outcome] += 1
    return wrong, outcomes


@pytest.mark.parametrize("rules", [AS_CONFIGURED, OBEYING], ids=["as configured", "eager"])
def test_no_caller_gets_the_cached_response_of_another_caller(
    server: Server, proxy: Proxy, traffic: list[tuple[str, Headers]], rules: str, tmp_path: Path
) -> None:
    with caching(server, tmp_path, rules) as cached:
        wrong, outcomes = wrong_responses(proxy, cached, traffic)
    assert wrong == 0
    assert (outcomes["HIT"] > REQUESTS // 20) == (rules == OBEYING), outcomes


def test_a_cache_that_ignores_the_cache_headers_is_detected(
    server: Server, proxy: Proxy, traffic: list[tuple[str, Headers]], tmp_path: Path
) -> None:
    """This control shows that the test above can fail."""
    with caching(server, tmp_path, CARELESS) as cached:
        wrong, _ = wrong_responses(proxy, cached, traffic)
    assert wrong > REQUESTS // 4
