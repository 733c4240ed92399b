"""The environment of a test run, apart from the developer's own and from any `.env`.

A plugin that pyproject.toml names: pytest-django reads the settings before it reads any conftest.py.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.postgresql import temporary_server

EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"
# For more than a second, jsonschema would build grammars of `iri`, a format that the OpenAPI document does not have.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
VARIABLES = re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="the database to test on; PostgreSQL is one of the run's own unless TEST_DATABASE_URL names another",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:  # Workers inherit these variables.
        resources = ExitStack()
        early_config.add_cleanup(resources.close)
        # An empty variable has its default; for the rate limits, that is no limit.
        os.environ.update(dict.fromkeys(VARIABLES, ""))
        os.environ.update(
            ENV_FILE=os.devnull,
            SECRET_KEY="a key for tests, long enough to be accepted",
            DATABASE_URL=_database_url(early_config.known_args_namespace.engine, resources),
        )
    return (yield)


def _database_url(engine: str, resources: ExitStack) -> str:
    if engine == "sqlite":
        return "sqlite://:memory:"
    return os.environ.get("TEST_DATABASE_URL") or resources.enter_context(temporary_server())


def pytest_report_header(config: pytest.Config) -> str:
    return f"engine: {config.getoption('engine')}"
