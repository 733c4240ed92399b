"""A server, and directories for client programs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_project.server import HOST
from tests.clients.project import PACKAGES, Project
from tests.server import serving


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the tests of clients on one engine. Other tests show that both engines respond alike."""
    if config.getoption("engine") == "sqlite":
        return
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    items[:] = [item for item in items if item not in here]
    config.hook.pytest_deselected(items=here)


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
    """A project with a strict TypeScript compiler, whose output runs on Node.js."""
    if not (PACKAGES / ".package-lock.json").exists():
        pytest.skip("npm's packages: not installed (make packages)")
    project = Project(tmp_path)
    project.add("tsconfig.json", "openapi-ts.config.mjs")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    return project
