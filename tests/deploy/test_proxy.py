"""nginx with the configuration of deploy/nginx, in front of the real server, and its own responses."""

import gzip
import json
import socket
from http.client import HTTPResponse
from pathlib import Path

import pytest

from api_project.http.problems.types import PROBLEM_TYPES
from tests.deploy.nginx import CLIENT, NAME, PROXY, Proxy, proxying
from tests.ports import free_port
from tests.server import Server

POSTS, USERS, INDEX, STREAM = "/api/v1/posts", "/api/v1/users", "/api/v1", "/api/v1/changes/stream"
LIMIT = 1024 * 1024


def assert_problem(response: HTTPResponse, content: bytes, code: str) -> None:
    """The problem comes from the proxy itself, in exactly the words of the API."""
    problem = PROBLEM_TYPES[code]
    fields = json.loads(content)
    assert response.status == fields["status"] == problem.status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == fields["request_id"] != ""
    expected = {"type": problem.uri, "title": problem.title, "detail": problem.detail, "code": code}
    assert fields.items() >= expected.items()


def test_an_unencrypted_request_is_redirected_to_the_configured_name(proxy: Proxy) -> None:
    response = proxy.ask_unencrypted("GET", f"{POSTS}?page_size=2", Host="elsewhere.example")
    assert response.status == 308
    assert response.headers["Location"] == f"https://{NAME}{POSTS}?page_size=2"


def test_redirects_and_links_keep_a_public_port_that_is_not_443(server: Server, tmp_path: Path) -> None:
    with proxying(tmp_path, server.port, authority=f"{NAME}:8443") as proxy:
        redirected = proxy.ask_unencrypted("GET", POSTS)
        _, content = proxy.fetch("GET", INDEX)
    assert redirected.headers["Location"] == f"https://{NAME}:8443{POSTS}"
    assert json.loads(content)["posts"] == f"https://{NAME}:8443{POSTS}"


@pytest.mark.parametrize("path", ["/metrics", "/metrics?x=1", "//metrics", "/%6Detrics", "/api/../metrics"])
def test_the_proxy_does_not_pass_on_metrics(proxy: Proxy, path: str) -> None:
    assert_problem(*proxy.fetch("GET", path, headers={"Authorization": "Bearer x"}), "not_found")


def test_a_certbot_challenge_is_served_unencrypted(server: Server, tmp_path: Path) -> None:
    challenges = tmp_path / "acme" / ".well-known" / "acme-challenge"
    challenges.mkdir(parents=True)
    (challenges / "token").write_text("as the authority expects it")
    for directory in (tmp_path, *tmp_path.parents[:2]):
        directory.chmod(0o755)
    with proxying(tmp_path, server.port) as proxy:
        assert proxy.ask_unencrypted("GET", "/.well-known/acme-challenge/token").status == 200
        assert proxy.ask_unencrypted("GET", "/.well-known/api-catalog").status == 308


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this system has no IPv6")
def test_the_proxy_listens_on_ipv6_too(proxy: Proxy) -> None:
    for port in (proxy.http_port, proxy.https_port):
        socket.create_connection(("::1", port), timeout=5).close()


def test_responses_over_the_proxy_are_secure_and_link_to_its_name(proxy: Proxy) -> None:
    response, content = proxy.fetch(
        "GET", INDEX, headers={"X-Forwarded-Host": "elsewhere.example", "Forwarded": "host=elsewhere.example"}
    )
    assert json.loads(content)["posts"] == f"https://{NAME}{POSTS}"
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("name", ["X-Forwarded-Proto", "X_Forwarded_Proto", "Forwarded"])
def test_a_client_cannot_say_that_it_came_unencrypted(proxy: Proxy, name: str) -> None:
    _, content = proxy.fetch("GET", INDEX, headers={name: "proto=http" if name == "Forwarded" else "http"})
    assert json.loads(content)["posts"].startswith("https://")


def test_a_forged_client_address_does_not_evade_throttles(server: Server, tmp_path: Path) -> None:
    with (
        server.beside(TRUSTED_PROXIES=PROXY, RATE_LIMIT_ANON="4/h") as limited,
        proxying(tmp_path, limited.port) as proxy,
    ):
        statuses = []
        for number in range(6):
            names = ("X-Forwarded-For", "X_Forwarded_For", "X-Real-IP", "Forwarded")
            forged = dict.fromkeys(names, f"203.0.113.{number}")
            statuses.append(proxy.fetch("GET", INDEX, headers=forged)[0].status)
    assert statuses == [200] * 4 + [429] * 2


def test_an_entity_tag_and_compression_survive(proxy: Proxy, server: Server) -> None:
    for number in range(10):
        body = {"title": f"Post {number}", "body": "long " * 100}
        assert server.send("POST", POSTS, body, **server.signed_up()).status == 201
    response, content = proxy.fetch("GET", POSTS, headers={"Accept-Encoding": "gzip"})
    tag = response.headers["ETag"]

    assert response.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(content))["results"]
    assert tag.startswith('"')
    assert proxy.fetch("GET", POSTS, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})[0].status == 304
    assert proxy.fetch("GET", POSTS)[0].headers["ETag"] not in {tag, f"W/{tag}"}  # Another variant has another tag.


def test_a_request_id_goes_through_the_proxy_and_a_missing_one_is_added(proxy: Proxy) -> None:
    assert proxy.fetch("GET", INDEX, headers={"X-Request-ID": "client-1"})[0].headers["X-Request-ID"] == "client-1"
    assert proxy.fetch("GET", INDEX)[0].headers["X-Request-ID"]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [LIMIT + 1, 8 * LIMIT])
def test_a_body_that_is_too_large_is_refused_by_a_problem(proxy: Proxy, size: int, chunked: bool) -> None:
    response, content = proxy.fetch("POST", USERS, b" " * size, {"Content-Type": "application/json"}, chunked=chunked)
    assert_problem(response, content, "body_too_large")


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/livez", 405), (POSTS, 401)])
def test_a_response_that_does_not_wait_for_the_body_arrives(
    proxy: Proxy, path: str, status: int, chunked: bool
) -> None:
    """The next responses on the connections between the proxy and the server arrive, too."""
    responses = [
        proxy.fetch("POST", path, b" " * size, {"Content-Type": "application/json"}, chunked=chunked)
        for size in (50_000, 900_000, 200) * 4
    ]
    assert {response.status for response, _ in responses} == {status}


def test_a_client_that_is_no_proxy_and_sends_no_body_is_served_at_once(server: Server) -> None:
    with socket.create_connection((PROXY, server.port), timeout=5, source_address=(CLIENT, 0)) as connection:
        connection.sendall(b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")


def test_a_method_that_the_proxy_refuses_is_a_problem(proxy: Proxy) -> None:
    response, content = proxy.fetch("TRACE", INDEX)
    assert_problem(response, content, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /api/v1 HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 16_500 + b"\r\n\r\n",
        b"GET /" + b"x" * 16_500 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/v1 HTTP/1.1\r\n\r\n",
        b"GET /api/v1 HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"GET /api/v1 HTTP/3.0\r\nHost: localhost\r\n\r\n",
        b"POST /api/v1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
    ],
    ids=["headers too long", "path too long", "no host", "two hosts", "bad escape", "no HTTP", "HTTP/3.0", "coding"],
)
def test_a_broken_request_is_refused_by_a_problem(proxy: Proxy, sent: bytes) -> None:
    head, _, content = proxy.send_bytes(sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(content)["code"] == "bad_request"


def test_problems_of_the_proxy_omit_characters_that_json_cannot_contain(tmp_path: Path) -> None:
    with proxying(tmp_path, free_port()) as proxy:
        plain = json.loads(proxy.fetch("GET", "/api/v1/posts?search=%22")[1])
        quoted = json.loads(
            proxy.send_bytes(b'GET /a"b\\c HTTP/1.1\r\nHost: localhost\r\n\r\n').partition(b"\r\n\r\n")[2]
        )
    assert plain["instance"] == POSTS
    assert quoted["instance"] == ""


def test_a_server_that_is_down_is_a_503_that_says_when_to_try_again(tmp_path: Path) -> None:
    with proxying(tmp_path, free_port()) as proxy:
        response, content = proxy.fetch("GET", POSTS)
    assert_problem(response, content, "unavailable")
    assert response.headers["Retry-After"] == "1"


def test_a_server_that_does_not_respond_is_a_503_that_says_when_to_try_again(tmp_path: Path) -> None:
    with (
        socket.create_server((PROXY, 0)) as silent,
        proxying(tmp_path, silent.getsockname()[1], edits={"proxy_read_timeout 60s": "proxy_read_timeout 1s"}) as proxy,
    ):
        response, content = proxy.fetch("POST", POSTS, b"{}")
    assert_problem(response, content, "unavailable")
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", [STREAM, f"{STREAM}/", f"{STREAM}?type=posts"])
def test_an_event_source_comes_again_although_the_server_is_down(tmp_path: Path, path: str) -> None:
    """It gives up at any other status than 200 (HTML, 9.2.3)."""
    events = {"Accept": "text/event-stream"}
    with proxying(tmp_path, free_port()) as proxy:
        response, content = proxy.fetch("GET", path, headers=events)
        other, page = proxy.fetch("GET", path)
        elsewhere, list_of_posts = proxy.fetch("GET", POSTS, headers=events)
    assert (response.status, content) == (200, b"retry: 3000\n\n")
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert_problem(other, page, "unavailable")
    assert_problem(elsewhere, list_of_posts, "unavailable")


def test_an_error_of_the_api_is_passed_on_as_it_is(proxy: Proxy) -> None:
    response, content = proxy.fetch("GET", f"{POSTS}/none")
    assert response.status == 404
    assert json.loads(content)["instance"] == f"{POSTS}/none"
