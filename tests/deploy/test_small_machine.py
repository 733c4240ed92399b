"""deploy/small-machine.sh and its Caddyfile, as far as a machine without root and systemd allows."""

import json
import os
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread, Timer

import pytest

from api_project.http.problems.types import PROBLEM_TYPES
from tests.environment import EXAMPLE, VARIABLES
from tests.ports import free_port, wait_for
from tests.programs import need
from tests.waiting import wait_until

DEPLOY = EXAMPLE.parent / "deploy"
SCRIPT, CADDYFILE = DEPLOY / "small-machine.sh", DEPLOY / "caddy" / "Caddyfile"
ALONE = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tlocal_certs\n"
HOSTILE = {
    "X-Forwarded-For": "6.6.6.6",
    "X_Forwarded_For": "6.6.6.6",
    "X-Forwarded-Proto": "http",
    "X_Forwarded_Proto": "http",
}


class Echo(BaseHTTPRequestHandler):
    """Responds with the headers that it received, by their names in WSGI."""

    def do_GET(self) -> None:
        received = [(name.upper().replace("-", "_"), value) for name, value in self.headers.items()]
        content = json.dumps(received).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Log nothing."""


@contextmanager
def echoing(port: int) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), Echo) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The ports of Caddy, with its own certificate, and of the API behind it."""
    program, directory = need("caddy"), tmp_path_factory.mktemp("caddy")
    port, upstream, streams = free_port(), free_port(), free_port()
    text = CADDYFILE.read_text().replace("{\n", ALONE, 1).replace("api.example.com {", f"https://localhost:{port} {{")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}").replace("127.0.0.1:8001", f"127.0.0.1:{streams}")
    (directory / "Caddyfile").write_text(text)
    command = [program, "run", "--config", str(directory / "Caddyfile"), "--adapter", "caddyfile"]
    home = {name: str(directory) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    with (
        (directory / "log").open("w") as log,
        subprocess.Popen(command, env={**os.environ, **home}, stderr=log) as process,
    ):
        try:
            wait_for(port)
            wait_until(lambda: _has_certificate(port))
            yield port, upstream
        finally:
            process.terminate()


def _has_certificate(port: int) -> bool:
    """False at first: Caddy listens before it has made one."""
    try:
        fetch(port)
    except ssl.SSLError:
        return False
    return True


def fetch(port: int, path: str = "/", **headers: str) -> tuple[HTTPResponse, bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with closing(HTTPSConnection("localhost", port, timeout=30, context=context)) as http:
        http.request("GET", path, headers=headers)
        response = http.getresponse()
        return response, response.read()


@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/v1/changes/stream"])
def test_caddy_replaces_forwarding_headers_of_clients(caddy: tuple[int, int], path: str) -> None:
    port, upstream = caddy
    with echoing(upstream):
        _response, content = fetch(port, path, **HOSTILE)
    received = json.loads(content)
    assert [value for name, value in received if name == "X_FORWARDED_FOR"] == ["127.0.0.1"]
    assert [value for name, value in received if name == "X_FORWARDED_PROTO"] == ["https"]


def test_an_api_that_does_not_listen_is_a_problem_in_the_words_of_the_api(caddy: tuple[int, int]) -> None:
    response, content = fetch(caddy[0], "/api/v1/posts")
    problem, fields = PROBLEM_TYPES["unavailable"], json.loads(content)
    assert response.status == fields["status"] == problem.status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"] == "1"
    assert response.headers["X-Request-ID"] == fields["request_id"] != ""
    expected = {"type": problem.uri, "title": problem.title, "detail": problem.detail, "code": problem.code}
    assert fields.items() >= expected.items()


@pytest.mark.parametrize("path", ["/metrics", "/metrics?x=1", "//metrics", "/%6Detrics", "/api/../metrics", "/METRICS"])
def test_caddy_does_not_pass_on_metrics(caddy: tuple[int, int], path: str) -> None:
    port, upstream = caddy
    with echoing(upstream):
        response, content = fetch(port, path)
    problem, fields = PROBLEM_TYPES["not_found"], json.loads(content)
    assert response.status == fields["status"] == problem.status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == fields["request_id"] != ""
    expected = {"type": problem.uri, "title": problem.title, "detail": problem.detail, "code": problem.code}
    assert fields.items() >= expected.items()


@pytest.mark.parametrize("path", ["/", "/api/v1/changes/stream"])
def test_a_request_during_a_restart_waits_until_the_api_listens_again(caddy: tuple[int, int], path: str) -> None:
    port, upstream = caddy
    entered = echoing(upstream)
    timer = Timer(3, entered.__enter__)
    timer.start()
    try:
        response, _content = fetch(port, path)
    finally:
        timer.join()
        entered.__exit__(None, None, None)
    assert response.status == 200


def rehearse(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DRY_RUN": "1", "DOMAIN": "api.example.com", **variables}
    return subprocess.run([need("bash"), SCRIPT], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_script_names_files_units_and_settings_that_exist(database: str) -> None:
    result = rehearse(DATABASE=database, FRONT_END="https://app.example.com")
    assert result.returncode == 0, result.stderr
    (units,) = re.findall(r"^systemctl enable --now (api.*) caddy\.service", result.stdout, re.MULTILINE)
    assert units.split() == ["api.service", "api-streams.service", "api-prune.timer", "api-backup.timer"]
    assert all((DEPLOY / "systemd" / unit).exists() for unit in units.split())
    settings = re.findall(r"^    ([A-Z_]+)=(.*)$", result.stdout, re.MULTILINE)
    assert {"SECRET_KEY", "ALLOWED_HOSTS", "TRUSTED_PROXIES"} < {name for name, _value in settings} < set(VARIABLES)
    assert (database == "postgresql") == ("createdb" in result.stdout)
    assert "api.example.com {" in result.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [("DOMAIN", ""), ("DOMAIN", "https://api.example.com"), ("DATABASE", "mysql"), ("FRONT_END", "app.example.com")],
)
def test_the_script_refuses_a_malformed_variable_before_it_changes_anything(name: str, value: str) -> None:
    result = rehearse(**{name: value})
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"{name}: expected")
    assert len(result.stderr.splitlines()) == 1


def test_the_script_passes_shellcheck() -> None:
    result = subprocess.run([need("shellcheck"), SCRIPT], capture_output=True, text=True, check=False)
    assert result.stdout == ""
