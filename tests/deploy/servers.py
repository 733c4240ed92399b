"""The project's own commands that serve, run with an environment of their own."""

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

from tests import processes
from tests.environment import EXAMPLE
from tests.ports import free_port

HOST = "127.0.0.2"  # Any address except the default one.
NAME = "api.example.com"
SECRET_KEY = "a key for tests, long enough to be accepted"


@contextmanager
def serving_content(directory: Path, *, host: str = HOST, **environment: str) -> Iterator[tuple[int, str]]:
    """`manage.py serve`, and what it has printed when it responds."""
    port = free_port()
    said, command = directory / f"said-{port}", ("manage.py", "serve", "--host", host)
    own = variables(directory, PORT=str(port), **environment)
    with said.open("w") as output, (directory / f"log-{port}").open("w") as log:
        process = processes.start(*command, environment=own, output=output, errors=log)
        try:
            deadline = time.monotonic() + 120
            while "Ctrl-C" not in said.read_text() and time.monotonic() < deadline:
                time.sleep(0.05)
            yield port, said.read_text()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


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
    """The directory, the environment and the output of a process, for `subprocess`."""
    return {"cwd": EXAMPLE.parent, "env": variables(directory, **environment), "stdout": subprocess.DEVNULL}


def variables(directory: Path, **environment: str) -> dict[str, str]:
    own = {"DATABASE_URL": f"sqlite:///{directory}/db.sqlite3", "SECRET_KEY": SECRET_KEY, "ALLOWED_HOSTS": NAME}
    return {**os.environ, "ENV_FILE": os.devnull, "WEB_CONCURRENCY": "1", **own, **environment}


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
