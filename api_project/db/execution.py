"""Executes queries, and repeats one on a new connection if the old connection was the reason that it failed."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, cast

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from api_project.db import prepared_statements as prepared
from api_project.db.errors import is_of_the_connection
from api_project.db.prepared_statements import Query as Query
from api_project.db.prepared_statements import Row as Row


def execute(using: str, sql: str, parameters: Sequence[Any], *, custom_plan: bool = False) -> list[Row]:
    """The rows of a query. It is repeated once on a new connection, if that may succeed."""
    try:
        return fetch(using, sql, parameters, custom_plan=custom_plan)
    except DatabaseError as error:
        connection = connections[using]
        if connection.in_atomic_block or not is_of_the_connection(error, connection):
            raise
    connection.close()
    return fetch(using, sql, parameters, custom_plan=custom_plan)


def fetch(using: str, sql: str, parameters: Sequence[Any], *, custom_plan: bool = False) -> list[Row]:
    """The rows of a query. Pass `custom_plan=True` if the best plan depends on the values of the parameters.

    Such a query reads many rows to count or to skip them, so its timeout is shorter.
    """
    connection: Any = connections[using]
    if prepared.can_execute(connection) and not custom_plan:
        (rows,) = _together(connection, [Query(sql, parameters)])
        return rows
    with connection.counting() if custom_plan else nullcontext(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        # psycopg refuses to fetch from a statement that returns no rows, such as an INSERT.
        return cast("list[Row]", cursor.fetchall()) if cursor.description else []


def fetch_all(using: str, queries: Sequence[Query]) -> list[list[Row]]:
    """The rows of each query, in one round trip if possible. No query may depend on the rows of another."""
    if prepared.can_execute(connections[using]):
        return _together(connections[using], queries)
    return [fetch(using, *query) for query in queries]


def _together(connection: BaseDatabaseWrapper, queries: Sequence[Query]) -> list[list[Row]]:
    """Execute the queries together. Django's execute wrappers see each of them, but not how long it takes."""
    wrapped: list[Query] = []

    def execute(sql: str, parameters: Sequence[Any], many: bool, context: dict[str, Any]) -> None:
        wrapped.append(Query(sql, parameters))

    for query in queries:
        run: Callable[..., Any] = execute
        for wrapper in reversed(connection.execute_wrappers):
            run = partial(wrapper, run)
        run(*query, False, {"connection": connection})
    return prepared.execute(connection, wrapped)
