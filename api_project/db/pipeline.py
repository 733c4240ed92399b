"""Commands to PostgreSQL through libpq, in one round trip.

https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import psycopg
from psycopg import abc, generators
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

Connection: TypeAlias = "psycopg.Connection[Any]"
Send: TypeAlias = Callable[[], None]


def execute(connection: Connection, commands: Sequence[Send]) -> list[PGresult]:
    """The result of each command. Raises psycopg.Error for the first one that fails."""
    if len(commands) == 1:
        return [execute_one(connection, commands[0])]
    server = connection.pgconn
    server.enter_pipeline_mode()
    try:
        for send in commands:
            send()
        server.pipeline_sync()
        results = connection.wait(_fetch(server, len(commands)))
        server.exit_pipeline_mode()
    except BaseException:
        server.finish()  # Results of this pipeline may still arrive, and would be taken for those of the next.
        raise
    *results, _sync = results
    return [_checked(connection, result) for result in results]


def execute_one(connection: Connection, send: Send) -> PGresult:
    send()
    return _checked(connection, connection.wait(generators.execute(connection.pgconn)))


def _fetch(server: PGconn, number: int) -> abc.PQGen[list[list[PGresult]]]:
    """The results of so many commands and of the synchronization point after them."""
    results = [(yield from generators.execute(server))]
    for _ in range(number):
        results.append((yield from generators.fetch_many(server)))  # noqa: PERF401 (a comprehension cannot yield)
    return results


def _checked(connection: Connection, results: list[PGresult]) -> PGresult:
    result = results[-1]
    if result.status not in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        raise psycopg.errors.error_from_result(result, connection.info.encoding)
    return result
