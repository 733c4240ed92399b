from collections.abc import Iterator

import pytest

from tests.server import Server, serving
from tests.streams.server import StreamServer


@pytest.fixture(scope="package")
def api(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("api")) as server:
        yield server


@pytest.fixture(scope="package")
def streams(api: Server) -> Iterator[StreamServer]:
    with StreamServer(api).running() as server:
        yield server


@pytest.fixture(scope="package")
def author(api: Server) -> dict[str, str]:
    return api.signed_up()
