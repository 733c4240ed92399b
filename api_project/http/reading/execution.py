"""One statement on one connection, which is no reason to fail where another connection may answer."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from api_project.db import sqlstate
from api_project.http.reading import prepared
from api_project.http.reading.prepared import Row as Row

# How PostgreSQL says that a cached plan would give rows of another type, and that there is none.
STALE = frozenset({"0A000", "26000"})


def execute(using: str, sql: str, parameters: Sequence[Any], *, planned_anew: bool = False) -> list[Row]:
    """The rows of a query, which is repeated once on a new connection where that may help."""
    connection = connections[using]
    try:
        return fetch(using, sql, parameters, planned_anew=planned_anew)
    except DatabaseError as error:
        if connection.in_atomic_block or not _is_of_the_connection(error, connection):
            raise
    connection.close()
    return fetch(using, sql, parameters, planned_anew=planned_anew)


def fetch(using: str, sql: str, parameters: Sequence[Any], *, planned_anew: bool = False) -> list[Row]:
    """The rows of a query; `planned_anew` where the best way to them depends on the values of its parameters."""
    connection = connections[using]
    if prepared.can_execute(connection) and not planned_anew:
        execute: Callable[..., Any] = prepared.execute
        for wrapper in reversed(connection.execute_wrappers):
            execute = partial(wrapper, execute)
        return cast("list[Row]", execute(sql, parameters, False, {"connection": connection}))
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cast("list[Row]", cursor.fetchall())


def _is_of_the_connection(error: DatabaseError, connection: BaseDatabaseWrapper) -> bool:
    """Whether another connection may answer: this one is lost, or has prepared what a migration has changed since."""
    if sqlstate(error) in STALE:
        return True
    made: Any = connection.connection
    return connection.vendor == "postgresql" and made is not None and made.closed
