"""Locks on names, for transactions that lock several rows in the order of their clients."""

from collections.abc import Iterable
from hashlib import blake2b

from django.db import DEFAULT_DB_ALIAS, connection

from api_project.db.execution import fetch


def lock_names(names: Iterable[str]) -> None:
    """Wait for each other transaction that has locked one of these names. The locks last until the transaction ends.

    All take their locks in the same order, so that no two of them wait for each other. SQLite has one writer at a time.
    """
    if connection.vendor == "postgresql":
        numbers = sorted({int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 1 for name in names})
        fetch(DEFAULT_DB_ALIAS, "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", [numbers])
