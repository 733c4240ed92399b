"""/readyz reports the cache as unavailable whenever a sign-in would get 503 because of it."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from redis import Redis

from api_project.http.throttling.store import counters
from tests.client import Client
from tests.factories import PASSWORD
from tests.redis_server import a_redis
from users.models import User

LOGIN = "/api/auth/app/v1/auth/login"


@pytest.fixture
def redis_url(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A client of the test's own Redis, which the test may break."""
    monkeypatch.delenv("TEST_REDIS_URL", raising=False)
    with a_redis() as url:
        assert url, "No redis-server is installed."
        settings.CACHE_URL = url
        counters.cache_clear()
        yield url
    counters.cache_clear()


def fill(redis: "Redis") -> None:
    redis.config_set("maxmemory", 1)


def make_read_only(redis: "Redis") -> None:
    redis.replicaof("127.0.0.1", 1)


def stop(redis: "Redis") -> None:
    redis.shutdown(nosave=True)


@pytest.mark.parametrize("break_it", [fill, make_read_only, stop])
def test_readyz_reports_a_redis_that_cannot_count(
    api_client: Client, member: User, settings: Settings, redis_url: str, break_it: Callable[["Redis"], None]
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "sign-in": (10, 60)}
    assert api_client.get("/readyz").json()["checks"]["cache"] == "ok"

    break_it(Redis.from_url(redis_url))
    response = api_client.get("/readyz")
    sign_in = api_client.post(LOGIN, {"username": member.username, "password": PASSWORD})

    assert (response.status_code, response.json()["checks"]["cache"]) == (200, "unavailable")
    assert sign_in.status_code == 503


def test_readyz_reports_sqlite_counters_that_cannot_count(api_client: Client, db: None, settings: Settings) -> None:
    path = Path(settings.COUNTERS_PATH)
    assert api_client.get("/readyz").json()["checks"]["cache"] == "ok"

    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE counter")
    other.close()

    assert api_client.get("/readyz").json()["checks"]["cache"] == "unavailable"
