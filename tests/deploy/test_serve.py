"""The server in production, as containers and the systemd unit run it."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.databases import empty_database
from tests.deploy.servers import HOST, content, serving_production, status, surroundings


def test_serve_in_production_serves_existing_content_until_stopped(tmp_path: Path) -> None:
    with serving_production(tmp_path) as (port, process):
        assert status(port, "/livez") == 200
        assert status(port, "/readyz") == 503  # The database has no tables.
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_serve_adds_no_demo_content_in_production(tmp_path: Path) -> None:
    with empty_database(tmp_path), serving_production(tmp_path) as (port, _):
        assert status(port, "/readyz") == 200
        assert b'"results":[]' in content(port, "/api/v1/posts")
        assert b'"results":[]' in content(port, "/api/v1/users")


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
