"""INSERTs whose SQL is made once and executed many times, as `reading.statements` has it of queries."""

from functools import cache
from typing import Any

from django.db import connections, router
from django.db.models import Model, QuerySet

from api_project.http.reading.execution import fetch
from api_project.http.reading.statements import Statement

_COUNTED = "RETURNING 1"  # A row for each that was inserted.


def insert(instance: Model, *, unless_taken: str = "") -> bool:
    """Insert a row with the columns of the instance, but for a key that the database makes.

    With the name of a unique column, nothing is inserted where another row has its value already: gives whether it was.
    Raises IntegrityError as saving the instance would.
    """
    return _insert(type(instance), unless_taken).execute(instance)


class InsertSelect:
    """INSERT of what a `values_list` query gives, but for rows that are there already."""

    def __init__(self, model: type[Model], columns: list[str], rows: QuerySet[Any, Any]) -> None:
        self._using = router.db_for_write(model)
        self._rows = Statement(rows.using(self._using))
        self._sql = f"{_into(self._using, model, columns)} {self._rows.sql} ON CONFLICT DO NOTHING {_COUNTED}"

    def execute(self, **values: Any) -> int:
        """How many rows were inserted for these values of the query's parameters."""
        return len(fetch(self._using, self._sql, self._rows.bound(values)))


class _Insert:
    def __init__(self, model: type[Model], unless_taken: str) -> None:
        self._using, meta = router.db_for_write(model), model._meta
        self._fields = [field for field in meta.concrete_fields if field is not meta.auto_field]
        columns = [str(field.column) for field in self._fields]
        self._sql = f"{_into(self._using, model, columns)} VALUES ({', '.join(['%s'] * len(columns))})"
        if unless_taken:
            unique: Any = meta.get_field(unless_taken)
            (taken,) = _quoted(self._using, [unique.column])
            self._sql += f" ON CONFLICT ({taken}) DO NOTHING"
        self._sql += f" {_COUNTED}"

    def execute(self, instance: Model) -> bool:
        connection = connections[self._using]
        values = [field.get_db_prep_save(field.pre_save(instance, True), connection) for field in self._fields]
        instance._state.adding, instance._state.db = False, self._using
        return len(fetch(self._using, self._sql, values)) == 1


_insert = cache(_Insert)


def _into(using: str, model: type[Model], columns: list[str]) -> str:
    table, *names = _quoted(using, [model._meta.db_table, *columns])
    return f"INSERT INTO {table} ({', '.join(names)})"


def _quoted(using: str, names: list[str]) -> list[str]:
    return [connections[using].ops.quote_name(name) for name in names]
