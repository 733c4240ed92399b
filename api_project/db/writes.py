"""INSERTs and UPDATEs in one round trip.

Their SQL is compiled once for each model and executed many times, as `db.compiled` does it for queries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import NOT_PROVIDED, DateTimeField, Field, Model, QuerySet
from django.db.models.sql import UpdateQuery

from api_project.db.compiled import CompiledQuery, bound
from api_project.db.execution import Query, fetch, fetch_all
from api_project.db.native import is_plain_attribute, native_type

_COUNTED = "RETURNING 1"  # A row for each that was written.


@dataclass(frozen=True)
class Write:
    """A compiled INSERT or UPDATE with its values. Its query gives a row for each row that it writes.

    It gives `numbered` the primary key, if the database numbers the rows of its model.
    """

    using: str
    query: Query
    numbered: Model | None = None


class WriteResult:
    """The number of rows that a statement of a batch wrote; 0 until the batch is executed."""

    count = 0


class WriteBatch:
    """Statements that are sent together, in one round trip where the database allows it.

        batch = WriteBatch()
        inserted = batch.add(post, on_conflict_do_nothing="slug")
        batch.add(document)
        batch.execute()

    A row may be added before the row that it refers to: the database checks foreign keys when the transaction ends.
    """

    def __init__(self) -> None:
        self._writes: list[tuple[Write, WriteResult]] = []

    def add(self, instance: Model, *, on_conflict_do_nothing: str = "") -> WriteResult:
        """Add the instance's row. See `insert_of`."""
        return self._add(insert_of(instance, on_conflict_do_nothing=on_conflict_do_nothing))

    def add_statement(self, statement: "InsertSelect | Update", **values: Any) -> WriteResult:
        """Add a statement with these values of its parameters."""
        return self._add(statement.of(**values))

    def execute(self) -> None:
        """Write all rows and fill in the results.

        Raises IntegrityError, as saving an instance does. Inside a transaction, either all rows are written or none.
        """
        if not self._writes:
            return
        (using,) = {write.using for write, _result in self._writes}
        found = fetch_all(using, [write.query for write, _result in self._writes])
        for (write, result), rows in zip(self._writes, found, strict=True):
            result.count = len(rows)
            if rows and write.numbered:
                write.numbered.pk = rows[0][0]

    def _add(self, write: Write) -> WriteResult:
        result = WriteResult()
        self._writes.append((write, result))
        return result


def insert_of(instance: Model, *, on_conflict_do_nothing: str = "") -> Write:
    """An INSERT of the instance's columns, except those that the database fills in.

    `on_conflict_do_nothing` names a unique field: nothing is inserted if another row has its value already.
    """
    return _compiled(type(instance), on_conflict_do_nothing).of(instance)


def insert_all(instances: Sequence[Model]) -> None:
    """Insert instances of one model, with those of their columns that the database does not fill in.

    It takes a tenth of the time of `bulk_create`. Raises IntegrityError.
    """
    if instances:
        _compiled(type(instances[0]), "").insert_all(instances)


class InsertSelect:
    """An INSERT of the rows that a `values_list` query gives.

    With `skips_existing`, it skips rows that are there already. On PostgreSQL it then locks the selected rows until the
    transaction ends, so that no other transaction deletes a row that the new rows refer to.
    """

    def __init__(
        self, model: type[Model], columns: list[str], rows: QuerySet[Any, Any], *, skips_existing: bool = True
    ) -> None:
        self._using = router.db_for_write(model)
        self._rows = CompiledQuery(rows.using(self._using))
        is_postgresql = connections[self._using].vendor == "postgresql"
        lock = "FOR KEY SHARE" if is_postgresql else ""  # SQLite has one writer at a time.
        skip = f"{lock} ON CONFLICT DO NOTHING" if skips_existing else ""
        self._sql = f"{_into(self._using, model, columns)} {self._rows.sql} {skip} {_COUNTED}"

    def of(self, **values: Any) -> Write:
        """The INSERT for these values of the query's parameters."""
        return Write(self._using, Query(self._sql, self._rows.bound(values)))


class Update:
    """An UPDATE of the rows of a queryset. The values of columns may be parameters."""

    def __init__(self, rows: QuerySet[Any], **columns: Any) -> None:
        self._using = router.db_for_write(rows.model)
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(columns)
        sql, self._parameters = query.get_compiler(self._using).as_sql()
        self._sql = f"{sql} {_COUNTED}"

    def of(self, **values: Any) -> Write:
        """The UPDATE for these values of the parameters."""
        return Write(self._using, Query(self._sql, bound(self._parameters, values, self._using)))


class _CompiledInsert:
    """The SQL that inserts one instance of a model."""

    def __init__(self, model: type[Model], on_conflict_do_nothing: str) -> None:
        self._using, meta = router.db_for_write(model), model._meta
        self._fields = [field for field in meta.concrete_fields if not _is_filled_in(field)]
        self._plain = [_plain_type(field, connections[self._using]) for field in self._fields]
        self._columns = columns = [str(field.column) for field in self._fields]
        into = _into(self._using, model, columns)
        self._sql = f"{into} VALUES ({', '.join(['%s'] * len(columns))})"
        self._sql_of_one, self._sql_of_all = self._sql, _from_json(into, self._using, model, columns)
        if on_conflict_do_nothing:
            unique: Any = meta.get_field(on_conflict_do_nothing)
            (column,) = _quoted(self._using, [unique.column])
            self._sql += f" ON CONFLICT ({column}) DO NOTHING"
        number: Any = meta.auto_field
        self._is_numbered = number is not None
        self._sql += f" RETURNING {', '.join(_quoted(self._using, [number.column]))}" if number else f" {_COUNTED}"

    def of(self, instance: Model) -> Write:
        values = self._values(instance)
        instance._state.adding, instance._state.db = False, self._using
        return Write(self._using, Query(self._sql, values), instance if self._is_numbered else None)

    def insert_all(self, instances: Sequence[Model]) -> None:
        rows = [self._values(instance) for instance in instances]
        if connections[self._using].vendor == "postgresql":
            objects = [dict(zip(self._columns, row, strict=True)) for row in rows]
            fetch(self._using, self._sql_of_all, [orjson.dumps(objects, default=_to_json).decode()])
            return
        with connections[self._using].cursor() as cursor:
            cursor.executemany(self._sql_of_one, rows)

    def _values(self, instance: Model) -> list[Any]:
        """The values that Django gives to the driver. It asks each field, which mostly returns the attribute."""
        connection, attributes = connections[self._using], instance.__dict__
        return [
            value
            if plain
            and field.attname in attributes
            and (type(value := attributes[field.attname]) is plain or value is None)
            else field.get_db_prep_save(field.pre_save(instance, True), connection)
            for field, plain in zip(self._fields, self._plain, strict=True)
        ]


def _plain_type(field: Field[Any, Any], connection: BaseDatabaseWrapper) -> type | None:
    """The type of attribute that a field gives to the driver unchanged, if there is one."""
    sets_time = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    is_read = type(field).pre_save in {Field.pre_save, DateTimeField.pre_save} and not sets_time
    return native_type(field, connection) if is_read and is_plain_attribute(field) else None


def _is_filled_in(field: Field[Any, Any]) -> bool:
    """True if the database fills in the column."""
    return field is field.model._meta.auto_field or field.db_default is not NOT_PROVIDED


_compiled = cache(_CompiledInsert)


def _from_json(into: str, using: str, model: type[Model], columns: list[str]) -> str:
    """An INSERT of many rows by one parameter. PostgreSQL reads it faster than a parameter for each value."""
    table, *names = _quoted(using, [model._meta.db_table, *columns])
    return f"{into} SELECT {', '.join(names)} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: S608


def _to_json(value: Any) -> str:
    """Bytes as PostgreSQL reads them in text."""
    return f"\\x{bytes(getattr(value, 'obj', value)).hex()}"


def _into(using: str, model: type[Model], columns: list[str]) -> str:
    table, *names = _quoted(using, [model._meta.db_table, *columns])
    return f"INSERT INTO {table} ({', '.join(names)})"


def _quoted(using: str, names: Iterable[str]) -> list[str]:
    return [connections[using].ops.quote_name(name) for name in names]
