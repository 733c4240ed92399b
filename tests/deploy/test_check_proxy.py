"""`manage.py check_proxy` detects a proxy that passes on forwarding headers of clients."""

from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.deploy.nginx import NAME, proxying
from tests.ports import free_port
from tests.programs import need
from tests.server import Server, serving

# The client's address is 127.0.0.1, and the proxy's another one. Otherwise the API would trust the client.
PROXY = "127.0.0.5"
TIMEOUT = "proxy_connect_timeout 3s;"
UNDERSCORES = {"underscores_in_headers off;": "underscores_in_headers on;"}
ADDRESS_AS_GIVEN = {"X-Forwarded-For $remote_addr;": "X-Forwarded-For $http_x_forwarded_for;"}
SCHEME_AS_GIVEN = {"X-Forwarded-Proto $scheme;": "X-Forwarded-Proto $given_scheme;"}
GIVEN_SCHEME = 'map $http_x_forwarded_proto $given_scheme { "" $scheme; default $http_x_forwarded_proto; }'


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need("nginx")  # Otherwise this slow server could not be used.
    with serving(tmp_path_factory.mktemp("server"), TRUSTED_PROXIES=PROXY, RATE_LIMIT_ANON="1000/min") as server:
        yield server


Check = Callable[..., str]


@pytest.fixture
def check(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """The output of the command for the server behind the proxy with some edits."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))

    def check(edits: Mapping[str, str], *, http: str = "", address: str = PROXY) -> str:
        output, bound = StringIO(), {TIMEOUT: f"{TIMEOUT} proxy_bind {address};"}
        with proxying(tmp_path, server.port, edits=bound | dict(edits), http=http) as proxy:
            call_command("check_proxy", f"https://{NAME}:{proxy.https_port}", stdout=output)
        return output.getvalue()

    return check


def test_the_bundled_proxy_replaces_forwarding_headers_of_clients(check: Check) -> None:
    assert "The API believes none" in check({})


@pytest.mark.parametrize(
    ("edits", "believed"),
    [
        (UNDERSCORES, "X_Forwarded_Proto, X_Forwarded_For"),
        (ADDRESS_AS_GIVEN, "X-Forwarded-For"),
        (SCHEME_AS_GIVEN, "X-Forwarded-Proto"),
    ],
)
def test_a_proxy_that_passes_on_forwarding_headers_of_clients_is_reported(
    check: Check, edits: Mapping[str, str], believed: str
) -> None:
    with pytest.raises(CommandError, match=f"The API believes {believed} of a client"):
        check(edits, http=GIVEN_SCHEME)


def test_a_proxy_that_the_api_does_not_trust_is_reported(check: Check) -> None:
    with pytest.raises(CommandError, match="TRUSTED_PROXIES must name the proxy"):
        check({}, address="127.0.0.6")


@pytest.mark.parametrize("url", ["https://localhost:{port}", "http://localhost:{port}", "ftp://localhost", "localhost"])
def test_check_proxy_refuses_a_url_without_the_api(url: str) -> None:
    with pytest.raises(CommandError, match="cannot be checked"):
        call_command("check_proxy", url.format(port=free_port()))
