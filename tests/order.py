"""The order of the test files, and which of them are slow. A plugin that pyproject.toml names."""

import functools
import gc
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.one_engine import TESTS

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
    budgets/test_function_calls.py
    budgets/test_deep_pages.py
    budgets/test_cost_of_changes.py
    budgets/test_loading.py
    metrics/test_cardinality.py
    db/test_behind_pgbouncer.py
    test_both_engines.py
    torture
    browser
    clients
""".split()
# The others begin with these, and with the files that mostly wait: one of them beside every two others.
LONG = ("test_environment.py", "admin/test_hostile_input.py")
WAITING = [TESTS / name for name in ("streams", "metrics", "db", "deploy", "users/providers")]
ORDER = [TESTS / name for name in (*SLOW, *LONG)]


def pytest_configure() -> None:
    """Name a file that was moved or deleted: a slow one would run with the others."""
    if missing := sorted(str(path) for path in (*ORDER, *WAITING) if not path.exists()):
        raise pytest.UsageError(f"tests/order.py names what does not exist: {', '.join(missing)}")


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
    """Import only the files that `-m slow` or `-m "not slow"` selects: importing all of them takes seconds."""
    is_slow = _rank(collection_path) < len(SLOW)
    is_on_the_way = any(listed.is_relative_to(collection_path) for listed in ORDER[: len(SLOW)])
    ignored = {"slow": not is_slow and not is_on_the_way, "not slow": is_slow}
    return ignored.get(config.option.markexpr) or None


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
