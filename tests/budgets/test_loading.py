"""The packages that a worker loads. Each worker has its own copy of them."""

import os
import subprocess
import sys
from functools import cache

import pytest

LOADED = "import sys, api_project.wsgi; print(*sys.modules)"


@cache
def loaded(**environment: str) -> set[str]:
    """The modules that a process has loaded before its first request."""
    command = [sys.executable, "-c", LOADED]
    return set(subprocess.check_output(command, env={**os.environ, **environment}, text=True).split())


@pytest.mark.parametrize(
    "module", ["redis", "jsonschema", "granian", "tests", "django.test", "drf_spectacular.openapi"]
)
def test_a_worker_does_not_load_unused_packages(module: str) -> None:
    assert module not in loaded(CACHE_URL="")


@pytest.mark.parametrize("module", ["prometheus_client", "api_project.metrics.recorder", "api_project.metrics.views"])
def test_a_worker_loads_metrics_only_if_there_is_a_token_for_them(module: str) -> None:
    assert module not in loaded(METRICS_TOKEN="")
    assert module in loaded(METRICS_TOKEN="x" * 32)


def test_a_worker_loads_the_redis_client_at_its_start() -> None:
    assert "redis" in loaded(CACHE_URL="redis://127.0.0.1:1")
