"""What a worker loads: each has its own copy of all of it."""

import os
import subprocess
import sys

import pytest

LOADED = "import sys, api_project.wsgi; print(*sys.modules)"


def loaded(**environment: str) -> set[str]:
    """By a process that has loaded the application and has not been asked for anything yet."""
    command = [sys.executable, "-c", LOADED]
    return set(subprocess.check_output(command, env={**os.environ, **environment}, text=True).split())


@pytest.mark.parametrize(
    "module", ["redis", "jsonschema", "granian", "tests", "django.test", "drf_spectacular.openapi"]
)
def test_a_worker_does_not_load_what_it_has_no_use_for(module: str) -> None:
    assert module not in loaded(CACHE_URL="")


def test_a_worker_loads_the_client_of_redis_before_anybody_waits_for_it() -> None:
    assert "redis" in loaded(CACHE_URL="redis://127.0.0.1:1")
