from collections.abc import Iterator

import pytest

from tests.metrics.scrape import TOKEN
from tests.server import Server, serving


@pytest.fixture(scope="package")
def metered(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two worker processes with metrics."""
    with serving(tmp_path_factory.mktemp("metered"), METRICS_TOKEN=TOKEN) as server:
        yield server
