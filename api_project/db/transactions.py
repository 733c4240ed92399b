"""Writes that are repeated where that helps."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, connection

from api_project.db.errors import is_deadlock, is_stale, is_unique_violation

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 5


class UniqueConflict(OperationalError):
    """The write violates a unique constraint in each of several tries: its validation does not find what is taken."""


def retry_transaction(write: Callable[P, R]) -> Callable[P, R]:
    """Repeat a function whose writes are one transaction.

    It is repeated where another writer took a unique value first, so that its validation finds that value, where it and
    another transaction waited for each other, and where a migration changed what the connection has prepared. No other
    error would go away, so all others are raised. Raises UniqueConflict after several tries.

    A whole transaction is repeated, and not a savepoint, which would cost every write two statements. A write inside
    another transaction, such as a batch's, is repeated only if it has a savepoint, and only for a unique value.
    """

    @wraps(write)
    def repeat(*args: P.args, **kwargs: P.kwargs) -> R:
        for tries_left in reversed(range(TRIES)):
            try:
                return write(*args, **kwargs)
            except IntegrityError as error:
                if connection.needs_rollback or not is_unique_violation(error):
                    raise
            except DatabaseError as error:
                if connection.in_atomic_block or not tries_left or not (is_stale(error) or is_deadlock(error)):
                    raise
                if is_stale(error):
                    connection.close()
        raise UniqueConflict

    return repeat
