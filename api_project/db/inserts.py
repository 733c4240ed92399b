"""INSERTs whose SQL is made once and executed many times, as `db.compiled` has it of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connections, router
from django.db.models import Model, QuerySet

from api_project.db.compiled import CompiledQuery
from api_project.db.execution import Query, fetch_all

_COUNTED = "RETURNING 1"  # A row for each that was inserted.


@dataclass(frozen=True)
class Insert:
    """What is to be inserted."""

    using: str
    query: Query


def insert(*insertions: Insert) -> list[int]:
    """Insert in one round trip, all or nothing where there is a transaction: how many rows, for each.

    Raises IntegrityError as saving an instance would. What refers to rows that are inserted here may go before them.
    """
    (using,) = {insertion.using for insertion in insertions}
    return [len(rows) for rows in fetch_all(using, [insertion.query for insertion in insertions])]


def insert_of(instance: Model, *, on_conflict_do_nothing: str = "") -> Insert:
    """A row with the columns of the instance, but for a key that the database makes.

    With the name of a unique column, nothing is inserted where another row has its value already.
    """
    return _rows_of(type(instance), on_conflict_do_nothing).of(instance)


class InsertSelect:
    """What a `values_list` query gives, but for rows that are there already.

    The selected rows cannot be deleted until the transaction ends, since what is inserted may refer to them.
    """

    def __init__(self, model: type[Model], columns: list[str], rows: QuerySet[Any, Any]) -> None:
        self._using = router.db_for_write(model)
        self._rows = CompiledQuery(rows.using(self._using))
        is_postgresql = connections[self._using].vendor == "postgresql"
        lock = "FOR KEY SHARE" if is_postgresql else ""  # SQLite has one writer at a time.
        self._sql = f"{_into(self._using, model, columns)} {self._rows.sql} {lock} ON CONFLICT DO NOTHING {_COUNTED}"

    def of(self, **values: Any) -> Insert:
        """For these values of the query's parameters."""
        return Insert(self._using, Query(self._sql, self._rows.bound(values)))


class _Rows:
    def __init__(self, model: type[Model], on_conflict_do_nothing: str) -> None:
        self._using, meta = router.db_for_write(model), model._meta
        self._fields = [field for field in meta.concrete_fields if field is not meta.auto_field]
        columns = [str(field.column) for field in self._fields]
        self._sql = f"{_into(self._using, model, columns)} VALUES ({', '.join(['%s'] * len(columns))})"
        if on_conflict_do_nothing:
            unique: Any = meta.get_field(on_conflict_do_nothing)
            (taken,) = _quoted(self._using, [unique.column])
            self._sql += f" ON CONFLICT ({taken}) DO NOTHING"
        self._sql += f" {_COUNTED}"

    def of(self, instance: Model) -> Insert:
        connection = connections[self._using]
        values = [field.get_db_prep_save(field.pre_save(instance, True), connection) for field in self._fields]
        instance._state.adding, instance._state.db = False, self._using
        return Insert(self._using, Query(self._sql, values))


_rows_of = cache(_Rows)


def _into(using: str, model: type[Model], columns: list[str]) -> str:
    table, *names = _quoted(using, [model._meta.db_table, *columns])
    return f"INSERT INTO {table} ({', '.join(names)})"


def _quoted(using: str, names: Iterable[str]) -> list[str]:
    return [connections[using].ops.quote_name(name) for name in names]
