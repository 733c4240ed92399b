"""Queries to PostgreSQL as prepared statements, without a cursor.

A cursor can stream rows and convert any type. That takes longer than most of this API's queries.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import Format, TransactionStatus
from psycopg.pq.abc import PGresult

from api_project.db import pipeline
from api_project.db.pipeline import Connection, Send

Row = tuple[Any, ...]

MAX_PREPARED = 200  # Statements of a connection.


class Query(NamedTuple):
    """SQL with Django's placeholders, and a value for each of them."""

    sql: str
    parameters: Sequence[Any]


class PreparedStatements:
    """The statements that one connection has prepared: an LRU cache of those that it executed more than once."""

    def __init__(self) -> None:
        self._names: OrderedDict[tuple[Any, ...], bytes | None] = OrderedDict()
        self._numbers = count()
        # By SQL. A transformer made for a connection would refer to it, and so keep it from being freed.
        self._transformers: dict[str, abc.Transformer] = {}

    def execute(self, connection: Connection, queries: Sequence[Query], *, keep: bool) -> list[list[Row]]:
        """The rows of each query. They are sent together, after the BEGIN of a transaction that has not begun.

        Pass `keep=False` if the next transaction may be on another server. Raises psycopg.Error.
        """
        prepared = [self._prepare(connection, query, keep=keep) for query in queries]
        commands = [send for send, _transformer in prepared]
        if not connection.autocommit and connection.pgconn.transaction_status == TransactionStatus.IDLE:
            commands.insert(0, partial(connection.pgconn.send_query_params, b"BEGIN", None))
        results = pipeline.execute(connection, commands)[-len(prepared) :]
        return [_rows(transformer, result) for (_send, transformer), result in zip(prepared, results, strict=True)]

    def _prepare(self, connection: Connection, query: Query, *, keep: bool) -> tuple[Send, abc.Transformer]:
        transformer = self._transformers.get(query.sql) or Transformer(connection.adapters)
        values: Any = transformer.dump_sequence(query.parameters, [PyFormat.AUTO] * len(query.parameters))
        types, formats, server = transformer.types or (), transformer.formats, connection.pgconn
        name = self._name(connection, query.sql, types) if keep else None
        if name is None:
            sql = _numbered(query.sql)
            return partial(server.send_query_params, sql, values, types, formats, Format.BINARY), transformer
        self._transformers[query.sql] = transformer
        return partial(server.send_query_prepared, name, values, formats, Format.BINARY), transformer

    def _name(self, connection: Connection, sql: str, types: Sequence[int]) -> bytes | None:
        """The name of the prepared statement. None at the first execution, which may be the only one."""
        key = sql, tuple(types)
        if key not in self._names:
            self._names[key] = None
            self._evict(connection)
            return None
        self._names.move_to_end(key)
        if self._names[key] is None:
            name = b"prepared_%d" % next(self._numbers)
            pipeline.execute_one(connection, partial(connection.pgconn.send_prepare, name, _numbered(sql), types))
            self._names[key] = name
        return self._names[key]

    def _evict(self, connection: Connection) -> None:
        if len(self._names) > MAX_PREPARED:
            (sql, _types), name = self._names.popitem(last=False)
            self._transformers.pop(sql, None)
            if name:
                pipeline.execute_one(connection, partial(connection.pgconn.send_query, b"DEALLOCATE " + name))


_prepared: WeakKeyDictionary[Connection, PreparedStatements] = WeakKeyDictionary()


def can_execute(connection: BaseDatabaseWrapper) -> bool:
    """True if `execute` may be called: the connection is open, and its transaction is in the state Django expects."""
    made: Any = connection.connection
    if connection.vendor != "postgresql" or made is None or connection.queries_logged:
        return False
    status = made.pgconn.transaction_status
    if not connection.in_atomic_block:
        return bool(status == TransactionStatus.IDLE)
    return not connection.needs_rollback and status in {TransactionStatus.IDLE, TransactionStatus.INTRANS}


def execute(connection: BaseDatabaseWrapper, queries: Sequence[Query]) -> list[list[Row]]:
    """The rows of each query, in one round trip. Raises django.db.Error."""
    made: Any = connection.connection
    with connection.wrap_database_errors:
        keep = not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        return _prepared_on(made).execute(made, queries, keep=keep)


def _prepared_on(connection: Connection) -> PreparedStatements:
    prepared = _prepared.get(connection)
    if prepared is None:
        prepared = _prepared[connection] = PreparedStatements()
    return prepared


def _rows(transformer: abc.Transformer, result: PGresult) -> list[Row]:
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)


@lru_cache(maxsize=1000)
def _numbered(sql: str) -> bytes:
    """The SQL with PostgreSQL's placeholders: $1, $2."""
    numbers = count(1)
    return re.sub("%(s|%)", lambda found: "%" if found[1] == "%" else f"${next(numbers)}", sql).encode()
