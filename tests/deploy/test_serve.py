"""The command that containers, the systemd unit and `make serve` share."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from api_project.demo.small import PASSWORD
from tests.environment import EXAMPLE
from tests.ports import free_port

HOST = "127.0.0.2"  # Any address except the default one.
NAME = "api.example.com"
SECRET_KEY = "a key for tests, long enough to be accepted"


def test_serve_in_production_serves_existing_content_until_stopped(tmp_path: Path) -> None:
    with serving_production(tmp_path) as (port, process):
        assert status(port, "/livez") == 200
        assert status(port, "/readyz") == 503  # The database has no tables.
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_serve_adds_no_demo_content_in_production(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], **surroundings(tmp_path), check=True)
    with serving_production(tmp_path) as (port, _):
        assert status(port, "/readyz") == 200
        assert b'"results":[]' in content(port, "/api/v1/posts")
        assert b'"results":[]' in content(port, "/api/v1/users")


@pytest.mark.parametrize(
    ("host", "debug", "has_posts", "says_password"),
    [
        ("0.0.0.0", "false", False, None),  # noqa: S104
        (HOST, "false", True, "the password is new"),
        ("0.0.0.0", "true", True, PASSWORD),  # noqa: S104
    ],
)
def test_serve_adds_demo_content_on_a_developers_machine_and_a_known_password_only_there(
    tmp_path: Path, host: str, debug: str, has_posts: bool, says_password: str | None
) -> None:
    port, said = free_port(), tmp_path / "said"
    command, given = [sys.executable, "manage.py", "serve", "--host", host], surroundings(tmp_path, PORT=str(port))
    given["env"]["DEBUG"] = debug
    with said.open("w") as output, subprocess.Popen(command, **given | {"stdout": output}) as process:
        try:
            wait_for(port)
            assert (b'"results":[]' not in content(port, "/api/v1/posts")) == has_posts
            assert signs_in(port, "marta", PASSWORD) == (says_password == PASSWORD)
        finally:
            process.terminate()
    assert (says_password or "http://") in said.read_text()
    assert (PASSWORD in said.read_text()) == (says_password == PASSWORD)


@pytest.mark.parametrize("seconds", [0, 0.2, 0.5, 1])
def test_a_server_that_is_stopped_while_it_starts_stops_at_once(tmp_path: Path, seconds: float) -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "api_project.server", "--host", HOST]
    with subprocess.Popen(command, **surroundings(tmp_path, PORT=str(port))) as process:
        wait_for_a_worker(process)
        time.sleep(seconds)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0  # The server kills workers that have not ended after 10 seconds.


def wait_for_a_worker(process: "subprocess.Popen[bytes]") -> None:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("this system does not list the children of a process in /proc (run the tests on Linux)")
    deadline = time.monotonic() + 60
    while not children.read_text() and time.monotonic() < deadline:
        time.sleep(0.001)


@contextmanager
def serving_production(directory: Path) -> "Iterator[tuple[int, subprocess.Popen[bytes]]]":
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "api_project.server", "--host", HOST]
    with subprocess.Popen(command, **surroundings(directory, PORT=str(port))) as process:
        try:
            wait_for(port)
            yield port, process
        finally:
            process.terminate()


def surroundings(directory: Path, **environment: str) -> dict[str, Any]:
    own = {"DATABASE_URL": f"sqlite:///{directory}/db.sqlite3", "SECRET_KEY": SECRET_KEY, "ALLOWED_HOSTS": NAME}
    variables = {**os.environ, "ENV_FILE": os.devnull, "WEB_CONCURRENCY": "1", **own, **environment}
    return {"cwd": EXAMPLE.parent, "env": variables, "stdout": subprocess.DEVNULL}


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError):
            status(port, "/livez")
            return
        time.sleep(0.05)
    raise TimeoutError


def status(port: int, path: str) -> int:
    """The status of a probe, which requests an IP address and not a host name."""
    return fetch(port, path, host=HOST)[0]


def content(port: int, path: str) -> bytes:
    return fetch(port, path, host=NAME)[1]


def signs_in(port: int, username: str, password: str) -> bool:
    body = json.dumps({"username": username, "password": password})
    return fetch(port, "/api/auth/app/v1/auth/login", host=NAME, body=body)[0] == 200


def fetch(port: int, path: str, *, host: str, body: str | None = None) -> tuple[int, bytes]:
    http = HTTPConnection(HOST, port, timeout=10)
    try:
        method, headers = ("POST", {"Content-Type": "application/json"}) if body else ("GET", {})
        http.request(method, path, body, {"Host": host, **headers})
        response = http.getresponse()
        return response.status, response.read()
    finally:
        http.close()
