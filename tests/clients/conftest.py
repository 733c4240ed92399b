"""A server, and directories for client programs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_project.server import HOST
from tests.clients.project import Project, make_node_project
from tests.server import serving


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server, whose database is empty at first."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield f"http://{HOST}:{server.port}"


@pytest.fixture
def python_project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def node_project(tmp_path: Path) -> Project:
    return make_node_project(tmp_path)
