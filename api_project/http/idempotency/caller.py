"""The lock on the caller's account that every write holds."""

from functools import cache
from typing import Any

from django.contrib.auth import get_user_model

from api_project.db.compiled import BoundParameter
from api_project.db.execution import Query, Row
from api_project.db.model_queries import CompiledModelQuery


def lock_query(user: Any) -> Query:
    """Locks the caller's row until the transaction ends, so that closing the account waits for this write.

    Closing the account then finds and erases what was written. Writes do not share the lock: a stream of them could
    keep an admin from deactivating the account.
    """
    return _active_accounts().query(key=user.pk)


def lock_both_query(user: Any, other: object) -> Query:
    """Locks the caller's row and another account's, in the order of their ids.

    Otherwise two admins who change each other's accounts could each hold the row that the other one waits for.
    """
    accounts: Any = get_user_model()._default_manager
    rows = accounts.filter(pk__in=(user.pk, other)).order_by("pk").select_for_update().values_list("pk")
    return Query(*rows.query.sql_with_params())


def refresh(user: Any, rows: list[Row]) -> bool:
    """Set the caller's columns to the locked row. False if the account was closed or deactivated in the meantime."""
    return _active_accounts().refresh(user, rows)


@cache
def _active_accounts() -> CompiledModelQuery[Any]:
    """To be called in a transaction."""
    accounts: Any = get_user_model()
    locked = accounts._default_manager.select_for_update(no_key=True)
    return CompiledModelQuery(locked.filter(pk=BoundParameter("key", accounts._meta.pk), is_active=True))
