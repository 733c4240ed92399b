"""Queries to PostgreSQL by way of libpq: prepared, and without what a cursor is for.

A cursor can stream, and convert whatever it is told; that takes longer than most of this API's queries.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format, TransactionStatus

Row = tuple[Any, ...]

MOST = 200  # Statements that a connection keeps prepared.


class Prepared:
    """The statements that one connection has prepared: those that it has executed before, and lately."""

    def __init__(self) -> None:
        self._names: OrderedDict[tuple[Any, ...], bytes | None] = OrderedDict()
        self._numbers = count()

    def execute(
        self, connection: "psycopg.Connection[Any]", sql: str, parameters: Sequence[Any], *, keep: bool
    ) -> list[Row]:
        """Raises psycopg.Error. `keep` unless the next transaction may be on another server."""
        transformer = Transformer(connection)
        values: Any = transformer.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        types, formats, server = transformer.types or (), transformer.formats, connection.pgconn
        name = self._name(connection, sql, types) if keep else None
        if name is None:
            server.send_query_params(_numbered(sql), values, types, formats, Format.BINARY)
        else:
            server.send_query_prepared(name, values, formats, Format.BINARY)
        result = _answer(connection)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

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
            _answer(connection)
            self._names[key] = name
        return self._names[key]

    def _drop_last(self, connection: "psycopg.Connection[Any]") -> None:
        if len(self._names) > MOST:
            _key, name = self._names.popitem(last=False)
            if name:
                connection.pgconn.send_query(b"DEALLOCATE " + name)
                _answer(connection)


def _answer(connection: "psycopg.Connection[Any]") -> Any:
    """The server's, to what was just sent."""
    result = connection.wait(generators.execute(connection.pgconn))[-1]
    if result.status not in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        raise psycopg.errors.error_from_result(result, connection.info.encoding)
    return result


_prepared: WeakKeyDictionary["psycopg.Connection[Any]", Prepared] = WeakKeyDictionary()


def can_execute(connection: BaseDatabaseWrapper) -> bool:
    """Whether a query may go this way: on a connection that is there, and in the transaction that there should be."""
    made: Any = connection.connection
    if connection.vendor != "postgresql" or made is None or connection.queries_logged:
        return False
    expected = TransactionStatus.INTRANS if connection.in_atomic_block else TransactionStatus.IDLE
    return bool(made.pgconn.transaction_status == expected)


def execute(sql: str, parameters: Sequence[Any], many: bool, context: dict[str, Any]) -> list[Row]:
    """The rows, as the innermost of Django's `execute_wrappers`."""
    connection = context["connection"]
    made = connection.connection
    with connection.wrap_database_errors:
        keep = not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        return _prepared_on(made).execute(made, sql, parameters, keep=keep)


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
