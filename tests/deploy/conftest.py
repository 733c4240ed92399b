from collections.abc import Iterator

import pytest

from tests.deploy.nginx import PROXY, Proxy, proxying
from tests.programs import need
from tests.server import Server, serving


@pytest.fixture(scope="package")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The API as it runs behind a proxy."""
    need("nginx")  # Otherwise this slow server could not be used.
    with serving(tmp_path_factory.mktemp("server"), TRUSTED_PROXIES=PROXY) as server:
        yield server


@pytest.fixture(scope="package")
def proxy(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxying(tmp_path_factory.mktemp("nginx"), server.port) as proxy:
        yield proxy
