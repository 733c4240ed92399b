"""Fixtures of every test: users of each role with their clients, posts of each status, and separate stores."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone, translation

from api_project import lru_cache
from api_project.http.throttling.store import counters
from posts.models import Post
from tests import databases, processes
from tests.client import Client
from tests.factories import make_post, make_user
from tests.resources import CALLERS
from users.auth.hashers import PasswordHasher
from users.models import Role, User

# Deadlines are off: a slow machine must not fail a test.
hypothesis.settings.register_profile("api", deadline=None)
hypothesis.settings.load_profile("api")

# Throttles are off, static files are found on demand, and hashing takes the least that Argon2 allows.
settings.RATE_LIMITS = MappingProxyType(dict.fromkeys(settings.RATE_LIMITS))
settings.WHITENOISE_AUTOREFRESH = True
FULL_COST = {"time_cost": PasswordHasher.time_cost, "memory_cost": PasswordHasher.memory_cost}
PasswordHasher.time_cost, PasswordHasher.memory_cost = 1, 8

# The fixtures of the callers.
CLIENTS = dict(
    zip(CALLERS, "api_client member_client other_member_client editor_client admin_client".split(), strict=True)
)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Use a file for SQLite, as in production, but do not wait for the disk.

    Threads that share a database in memory get lock errors without waiting.
    """
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = tmp_path_factory.mktemp("database") / "test.sqlite3"
        database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session", autouse=True)
def _end_what_tests_share() -> Iterator[None]:
    yield
    databases.templates.close()
    processes.preloaded.close()


@pytest.fixture(scope="session")
def _counters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New paths of counters, in one directory: most tests have none, and a directory for each takes a millisecond."""
    directory = tmp_path_factory.mktemp("counters")
    return (directory / f"{number}.sqlite3" for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_stores(_counters: Iterator[Path]) -> Iterator[None]:
    """Give each test empty caches and counters and the default language."""
    settings.COUNTERS_PATH = next(_counters)
    counters.cache_clear()
    lru_cache.clear_all()
    yield
    cache.clear()
    translation.deactivate()


@pytest.fixture
def full_cost_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords as in production, not at the least cost."""
    for name, value in FULL_COST.items():
        monkeypatch.setattr(PasswordHasher, name, value)


@pytest.fixture
def member(db: None) -> User:
    return make_user("member-one")


@pytest.fixture
def other_member(db: None) -> User:
    return make_user("member-two")


@pytest.fixture
def editor(db: None) -> User:
    return make_user("editor-one", role=Role.EDITOR)


@pytest.fixture
def admin(db: None) -> User:
    return make_user("admin-one", role=Role.ADMIN)


@pytest.fixture
def deactivated(db: None) -> User:
    return make_user("deactivated-one", is_active=False)


def _signed_in(user: User) -> Client:
    client = Client()
    client.sign_in(user)
    return client


@pytest.fixture
def api_client() -> Client:
    """A client that is anonymous until a test signs it in."""
    return Client()


@pytest.fixture
def member_client(member: User) -> Client:
    return _signed_in(member)


@pytest.fixture
def other_member_client(other_member: User) -> Client:
    return _signed_in(other_member)


@pytest.fixture
def editor_client(editor: User) -> Client:
    return _signed_in(editor)


@pytest.fixture
def admin_client(admin: User) -> Client:
    return _signed_in(admin)


class _Callers(Mapping[str, Client]):
    """The clients of all callers, each signed in when a test first uses it."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def __getitem__(self, caller: str) -> Client:
        client: Client = self._request.getfixturevalue(CLIENTS[caller])
        return client

    def __iter__(self) -> Iterator[str]:
        return iter(CLIENTS)

    def __len__(self) -> int:
        return len(CLIENTS)


@pytest.fixture
def callers(request: pytest.FixtureRequest, member: User) -> Mapping[str, Client]:
    """The callers of operations on a resource that belongs to `member`."""
    return _Callers(request)


@pytest.fixture
def post(member: User) -> Post:
    """A published post by `member`."""
    return make_post(member)


@pytest.fixture
def draft(member: User) -> Post:
    return make_post(member, published_at=None)


@pytest.fixture
def scheduled_post(member: User) -> Post:
    return make_post(member, published_at=timezone.now() + timedelta(days=1))
