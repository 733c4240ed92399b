"""Fixtures of every test: users of each role with their clients, posts of each status, and separate stores."""

import functools
import gc
import itertools
from collections.abc import Iterator, Sequence
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
from tests.one_engine import TESTS
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

# Collecting leaves hardly any garbage; `pytest_collection_finish` enables the collector again.
gc.disable()


# The longest ones begin first, so that no worker is alone with one at the end. Those of `torture` mostly wait: one of
# them beside two others uses the cores best.
SLOW = """
    test_adding_a_resource.py
    torture/test_crowds.py
    schema/test_schemathesis_at_limits.py
    torture/test_streams.py
    browser/test_swagger.py
    torture/test_crashes_of_postgresql.py
    schema/test_schemathesis.py
    torture/test_behind_nginx.py
    clients/test_openapi_generator.py
    torture/test_crashes.py
    journal/test_sync_model.py
    users/providers/test_limits.py
    deploy/test_backup.py
    db/test_reading_from_a_replica.py
    http/viewsets/test_races.py
    journal/test_dumps_from_another_cluster.py
    http/test_fuzz.py
    journal/test_restored_backups.py
    streams/test_stream_server.py
    db/test_threads.py
    metrics/test_scrapes.py
    db/test_waiting_for_the_database.py
    torture
    browser
    clients
""".split()
# The others begin with these, and with the files that mostly wait: one of them beside every two others.
LONG = ("test_environment.py", "test_both_engines.py", "admin/test_hostile_input.py")
WAITING = [TESTS / name for name in ("streams", "metrics", "db", "deploy", "users/providers")]
# The fixtures of the callers.
CLIENTS = dict(
    zip(CALLERS, "api_client member_client other_member_client editor_client admin_client".split(), strict=True)
)
ORDER = [TESTS / name for name in (*SLOW, *LONG)]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests of every operation and slow ones, for `-m operations`, `-m slow` and `-m "not slow"`."""
    if isinstance(item, pytest.Function) and "operation" in item.fixturenames:
        item.add_marker("operations")
    if _rank(item.path) < len(SLOW):
        item.add_marker("slow")


def pytest_collection_finish() -> None:
    """Keep the garbage collector from searching the tests, which live until the end, and let it search less often."""
    gc.freeze()
    gc.set_threshold(100_000)
    gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m slow`, import only the slow files: the others would take longer than some of the tests."""
    is_on_the_way = any(listed.is_relative_to(collection_path) for listed in ORDER[: len(SLOW)])
    return (config.option.markexpr == "slow" and not is_on_the_way and _rank(collection_path) >= len(SLOW)) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, and with one that waits before every two others."""
    files = sorted(dict.fromkeys(item.path for item in items), key=_rank)
    waiting = sorted((path for path in files if _waits(path)), key=functools.partial(_place, WAITING))
    others = [path for path in files if not _waits(path)]
    order = {path: 2 * number for number, path in enumerate(waiting)} | {path: n for n, path in enumerate(others)}
    items.sort(key=lambda item: order[item.path])


def _waits(path: Path) -> bool:
    return _rank(path) >= len(ORDER) and _place(WAITING, path) < len(WAITING)


@functools.cache
def _rank(path: Path) -> int:
    return _place(ORDER, path)


def _place(listed: Sequence[Path], path: Path) -> int:
    """The place of a file, or of its folder, in a list; the length of the list if it has none."""
    return next((place for place, each in enumerate(listed) if path.is_relative_to(each)), len(listed))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Use a file for SQLite, as in production.

    Threads that share a database in memory get lock errors without waiting.
    """
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = tmp_path_factory.mktemp("database") / "test.sqlite3"


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


class _Callers(dict[str, Client]):
    """The clients of the callers, each signed in when a test first uses it."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        super().__init__()
        self._request = request

    def __missing__(self, caller: str) -> Client:
        client: Client = self._request.getfixturevalue(CLIENTS[caller])
        return self.setdefault(caller, client)


@pytest.fixture
def callers(request: pytest.FixtureRequest, member: User) -> dict[str, Client]:
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
