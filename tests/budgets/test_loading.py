"""The packages that a worker loads. Each worker has its own copy of them."""

import os
import subprocess
import sys
from functools import cache

import pytest

from tests.server import ROOT

LOADED = "import sys, api_project.wsgi; print(*sys.modules)"


@cache
def loaded(**environment: str) -> set[str]:
    """The modules that a process has loaded before its first request. Variables that are not given have no value."""
    command = [sys.executable, "-c", LOADED]
    return set(subprocess.check_output(command, env={**os.environ, **environment}, text=True).split())


@pytest.mark.parametrize(
    "module", ["redis", "jsonschema", "granian", "tests", "django.test", "drf_spectacular.openapi"]
)
def test_a_worker_does_not_load_unused_packages(module: str) -> None:
    assert module not in loaded()


@pytest.mark.parametrize("module", ["prometheus_client", "api_project.metrics.recorder", "api_project.metrics.views"])
def test_a_worker_loads_metrics_only_if_there_is_a_token_for_them(module: str) -> None:
    assert module not in loaded()
    assert module in loaded(METRICS_TOKEN="x" * 32)


def test_a_worker_loads_the_redis_client_at_its_start() -> None:
    assert "redis" in loaded(CACHE_URL="redis://127.0.0.1:1")


OIDC = {"OIDC_ISSUER": "https://login.example.com", "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "x"}
PROVIDERS = {"allauth.socialaccount.models", "users.auth.providers.views"}
PASSKEYS = {"users.auth.passkeys.views"}


def test_a_worker_loads_no_way_to_sign_in_that_is_switched_off() -> None:
    assert not loaded() & (PROVIDERS | PASSKEYS)


def test_a_worker_loads_the_ways_to_sign_in_that_are_switched_on() -> None:
    on = loaded(**OIDC)
    assert on >= PROVIDERS
    assert not on & {*PASSKEYS, "allauth.socialaccount.providers.google", "oauthlib"}
    on = loaded(PASSKEYS="true")
    assert on >= PASSKEYS
    assert not on & PROVIDERS


def test_production_installs_the_packages_of_providers_only_on_request() -> None:
    installed = (ROOT / "requirements.txt").read_text().splitlines()
    assert not any(line.startswith(("requests==", "oauthlib==")) for line in installed)
