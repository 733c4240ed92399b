"""Locks on names, for transactions that lock several rows in the order of their clients, and short waits for locks."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from api_project.db.execution import Query, fetch


def lock_names(names: Iterable[str]) -> None:
    """Wait for each other transaction that has locked one of these names. The locks last until the transaction ends.

    All take their locks in the same order, so that no two of them wait for each other. SQLite has one writer at a time.
    """
    if connection.vendor == "postgresql":
        numbers = sorted({_number(name) for name in names})
        fetch(DEFAULT_DB_ALIAS, "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", [numbers])


def shared_lock_queries(name: str, *, exclusive: bool) -> list[Query]:
    """Queries that lock a name until the transaction ends. An exclusive lock waits for all others, and they for it."""
    if connection.vendor != "postgresql":
        return []
    function = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    return [Query(f"SELECT {function}(%s)", [_number(name)])]


@contextmanager
def lock_timeout(seconds: float) -> Iterator[None]:
    """A transaction that waits for a lock no longer than this.

    Then a statement fails with OperationalError. On SQLite, which locks the whole database, the transaction does.
    """
    wrapper: Any = connection
    if connection.vendor == "sqlite":
        with wrapper.write_timeout(seconds), transaction.atomic():
            yield
        return
    with transaction.atomic():
        fetch(DEFAULT_DB_ALIAS, "SELECT set_config('lock_timeout', %s, true)", [f"{round(seconds * 1000)}ms"])
        yield


def _number(name: str) -> int:
    """Positive: negative numbers are locks of ids."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 1
