"""Queries that are compiled once and executed many times, each time with other values of their parameters."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Expression, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from api_project.db import replicas
from api_project.db.execution import Query
from api_project.db.execution import Row as Row
from api_project.db.native import native_type


class BoundParameter(Expression):
    """Stands in a query for a value that each execution binds."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name
        # The kind of database that it was bound for last, and the type of value that needs no conversion there.
        self._native: tuple[str, type | None] = ("", None)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        return "%s", [self]

    def to_db(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """The value as the database driver takes it."""
        vendor, native = self._native
        if vendor != connection.vendor:
            vendor, native = self._native = connection.vendor, native_type(self.output_field, connection)
        return value if type(value) is native else self.output_field.get_db_prep_value(value, connection)


def bound(parameters: Iterable[Any], values: Mapping[str, Any], using: str) -> list[Any]:
    """The parameters of compiled SQL, with these values in the places of those that are named."""
    connection = connections[using]
    return [
        each.to_db(values[each.name], connection) if isinstance(each, BoundParameter) else each for each in parameters
    ]


# The time of the request.
REQUEST_TIME = BoundParameter("at", DateTimeField())


class CompiledQuery:
    """The SQL of a queryset, of `values_list` or of whole rows.

    PostgreSQL has one generic plan for all values of its parameters. With `custom_plan`, it plans for the actual values
    (deep offsets, counts). `lock` is the strength of a lock on the rows of the queryset's own table, such as KEY SHARE:
    Django has no word for the weak ones. SQLite has one writer at a time, and needs no locks.
    """

    def __init__(self, queryset: QuerySet[Any, Any], *, custom_plan: bool = False, lock: str = "") -> None:
        self._custom_plan = custom_plan
        self._using = queryset.db
        compiler = queryset.query.get_compiler(self._using)
        try:
            self.sql, self._parameters = compiler.as_sql()
        except EmptyResultSet:  # Such as one of `id__in=[]`, which Django knows to match nothing.
            self.sql, self._parameters = "", ()
            return
        if lock and compiler.connection.vendor == "postgresql":
            self.sql += f" FOR {lock} OF {compiler.quote_name_unless_alias(str(queryset.query.get_initial_alias()))}"
        self._converters = compiler.get_converters([expression for expression, _sql, _alias in compiler.select])
        # None if there is nothing to convert: the compiler refers to the whole query, which takes ten times the memory.
        self._convert = compiler.apply_converters if self._converters else None

    def rows(self, **values: Any) -> list[Row]:
        """The rows for these values of the parameters."""
        if not self.sql:
            return []
        return self.converted(self._execute(self.sql, values))

    def count(self, **values: Any) -> int:
        """The number of rows, without reading them."""
        if not self.sql:
            return 0
        ((count,),) = self._execute(f"SELECT COUNT(*) FROM ({self.sql}) AS counted", values)  # noqa: S608
        return int(count)

    def query(self, **values: Any) -> Query:
        """The query for these values of the parameters, to be executed together with others."""
        return Query(self.sql, self.bound(values))

    def converted(self, rows: list[Row]) -> list[Row]:
        """The rows as Django's fields have them."""
        return [tuple(row) for row in self._convert(rows, self._converters)] if self._convert else rows

    def bound(self, values: dict[str, Any]) -> list[Any]:
        """The parameters of the SQL for these values."""
        return bound(self._parameters, values, self._using)

    def _execute(self, sql: str, values: dict[str, Any]) -> list[Row]:
        return replicas.read(sql, self.bound(values), custom_plan=self._custom_plan)
