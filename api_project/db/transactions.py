"""Writes that are repeated where that helps."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, connection

from api_project.db.errors import is_stale, is_unique_violation

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 5


class UniqueConflict(OperationalError):
    """The write violates a unique constraint in each of several tries: its validation does not find what is taken."""


def retry_transaction(write: Callable[P, R]) -> Callable[P, R]:
    """Repeat a function whose writes are one transaction.

    It is repeated where another writer took a unique value first, so that its validation finds that value, and where a
    migration changed what the connection has prepared. No other error would go away, so all others are raised.
    Raises UniqueConflict after several tries.

    A whole transaction is repeated, and not a savepoint, which would cost every write two statements.
    """

    @wraps(write)
    def repeat(*args: P.args, **kwargs: P.kwargs) -> R:
        for _try in range(TRIES):
            try:
                return write(*args, **kwargs)
            except IntegrityError as error:
                if not is_unique_violation(error):
                    raise
            except DatabaseError as error:
                if not is_stale(error):
                    raise
                connection.close()
        raise UniqueConflict

    return repeat
