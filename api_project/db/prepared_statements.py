"""Queries to PostgreSQL by way of libpq: prepared, and without what a cursor is for.

A cursor can stream, and convert whatever it is told; that takes longer than most of this API's queries.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import count
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import abc, generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Row = tuple[Any, ...]
Send: TypeAlias = Callable[[], None]

MOST = 200  # Statements that a connection keeps prepared.


class Query(NamedTuple):
    sql: str
    parameters: Sequence[Any]


class Prepared:
    """The statements that one connection has prepared: those that it has executed before, and lately."""

    def __init__(self) -> None:
        self._names: OrderedDict[tuple[Any, ...], bytes | None] = OrderedDict()
        self._numbers = count()
        # By SQL. They know how its types are converted, but not the connection, which would never be forgotten.
        self._transformers: dict[str, abc.Transformer] = {}

    def execute(
        self, connection: "psycopg.Connection[Any]", queries: Sequence[Query], *, keep: bool
    ) -> list[list[Row]]:
        """The rows of each, all asked for before any is waited for, and with the transaction begun that is due.

        Raises psycopg.Error. `keep` unless the next transaction may be on another server.
        """
        prepared = [self._prepare(connection, query, keep=keep) for query in queries]
        commands = [send for send, _transformer in prepared]
        if not connection.autocommit and connection.pgconn.transaction_status == TransactionStatus.IDLE:
            commands.insert(0, partial(connection.pgconn.send_query_params, b"BEGIN", None))
        results = _results(connection, commands)[-len(prepared) :]
        return [_rows(transformer, result) for (_send, transformer), result in zip(prepared, results, strict=True)]

    def _prepare(
        self, connection: "psycopg.Connection[Any]", query: Query, *, keep: bool
    ) -> tuple[Send, abc.Transformer]:
        transformer = self._transformers.get(query.sql) or Transformer(connection.adapters)
        values: Any = transformer.dump_sequence(query.parameters, [PyFormat.AUTO] * len(query.parameters))
        types, formats, server = transformer.types or (), transformer.formats, connection.pgconn
        name = self._name(connection, query.sql, types) if keep else None
        if name is None:
            sql = _numbered(query.sql)
            return partial(server.send_query_params, sql, values, types, formats, Format.BINARY), transformer
        self._transformers[query.sql] = transformer
        return partial(server.send_query_prepared, name, values, formats, Format.BINARY), transformer

    def _name(self, connection: "psycopg.Connection[Any]", sql: str, types: Sequence[int]) -> bytes | None:
        """What the statement is prepared as; None for the first time, which may be the last."""
        key = sql, tuple(types)
        if key not in self._names:
            self._names[key] = None
            self._drop_last(connection)
            return None
        self._names.move_to_end(key)
        if self._names[key] is None:
            name = b"kept_%d" % next(self._numbers)
            connection.pgconn.send_prepare(name, _numbered(sql), types)
            _result(connection)
            self._names[key] = name
        return self._names[key]

    def _drop_last(self, connection: "psycopg.Connection[Any]") -> None:
        if len(self._names) > MOST:
            (sql, _types), name = self._names.popitem(last=False)
            self._transformers.pop(sql, None)
            if name:
                connection.pgconn.send_query(b"DEALLOCATE " + name)
                _result(connection)


def _result(connection: "psycopg.Connection[Any]") -> PGresult:
    """The server's, to what was just sent."""
    return _checked(connection, connection.wait(generators.execute(connection.pgconn)))


def _results(connection: "psycopg.Connection[Any]", commands: Sequence[Send]) -> list[PGresult]:
    """The server's to each, in one round trip: https://www.postgresql.org/docs/current/libpq-pipeline-mode.html."""
    if len(commands) == 1:
        commands[0]()
        return [_result(connection)]
    server = connection.pgconn
    server.enter_pipeline_mode()
    try:
        for send in commands:
            send()
        server.pipeline_sync()
        results = connection.wait(_received(server, len(commands)))
        server.exit_pipeline_mode()
    except BaseException:
        server.finish()  # Nobody knows which answers are still to come.
        raise
    return [_checked(connection, result) for result in results[:-1]]  # The last is to the end that was set to them.


def _received(server: PGconn, number: int) -> abc.PQGen[list[list[PGresult]]]:
    results = [(yield from generators.execute(server))]
    for _ in range(number):
        results.append((yield from generators.fetch_many(server)))  # noqa: PERF401 (a comprehension cannot yield)
    return results


def _checked(connection: "psycopg.Connection[Any]", results: list[PGresult]) -> PGresult:
    result = results[-1]
    if result.status not in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        raise psycopg.errors.error_from_result(result, connection.info.encoding)
    return result


def _rows(transformer: abc.Transformer, result: PGresult) -> list[Row]:
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)


_prepared: WeakKeyDictionary["psycopg.Connection[Any]", Prepared] = WeakKeyDictionary()


def can_execute(connection: BaseDatabaseWrapper) -> bool:
    """Whether queries may go this way: on a connection that is there, and in the transaction that there should be."""
    made: Any = connection.connection
    if connection.vendor != "postgresql" or made is None or connection.queries_logged:
        return False
    status = made.pgconn.transaction_status
    if not connection.in_atomic_block:
        return bool(status == TransactionStatus.IDLE)
    return not connection.needs_rollback and status in {TransactionStatus.IDLE, TransactionStatus.INTRANS}


def execute(connection: BaseDatabaseWrapper, queries: Sequence[Query]) -> list[list[Row]]:
    made: Any = connection.connection
    with connection.wrap_database_errors:
        keep = not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        return _prepared_on(made).execute(made, queries, keep=keep)


def _prepared_on(connection: "psycopg.Connection[Any]") -> Prepared:
    prepared = _prepared.get(connection)
    if prepared is None:
        prepared = _prepared[connection] = Prepared()
    return prepared


@lru_cache(maxsize=1000)
def _numbered(sql: str) -> bytes:
    """The SQL with PostgreSQL's own placeholders."""
    numbers = count(1)
    return re.sub("%(s|%)", lambda found: "%" if found[1] == "%" else f"${next(numbers)}", sql).encode()
