"""Ids that clients choose for new rows. A row gets such an id only if nothing has it, and nothing had it before."""

from functools import cache
from uuid import UUID

from django.db import connections, router
from django.db.models import Model

from api_project.db.changes import was_recorded
from api_project.db.compiled import BoundParameter, CompiledQuery
from api_project.db.execution import Query, fetch_all


def claim_id(model: type[Model], key: UUID) -> bool:
    """True if a new row of the model may have this id. To be called in a transaction.

    Other claims to the id wait until the transaction ends. Otherwise a row that another client creates and deletes
    between this check and the INSERT would come back.
    """
    using = router.db_for_write(model)
    is_postgresql = connections[using].vendor == "postgresql"  # SQLite has one writer at a time.
    lock = [Query("SELECT pg_advisory_xact_lock(%s)", [_lock_number(key)])] if is_postgresql else []
    # The lock is a statement of its own, so that the next one sees what its last holder has committed.
    *_locked, rows = fetch_all(using, [*lock, _row_with_id(model).query(key=key)])
    # If the row was deleted just before, the record of its deletion was committed with it, and is found now.
    return not rows and not was_recorded(key)


@cache
def _row_with_id(model: type[Model]) -> CompiledQuery:
    """The row that has the id, whoever may see it."""
    key = BoundParameter("key", model._meta.pk)
    return CompiledQuery(model._base_manager.filter(pk=key).values_list("pk"))


def _lock_number(key: UUID) -> int:
    """The random half of a UUIDv7. Its variant makes it negative: other advisory locks have positive numbers."""
    return int.from_bytes(key.bytes[8:], signed=True)
