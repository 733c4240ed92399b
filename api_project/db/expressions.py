"""What a row holds of the rows that it is related to."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ManyToManyField, Model, OuterRef, Subquery
from django.db.models.fields.tuple_lookups import (
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleLessThan,
    TupleLessThanOrEqual,
)
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.db.models.sql.compiler import SQLCompiler


class ListOf(Subquery):
    """One column of the rows that a many-to-many relation leads to, as a list in their own order."""

    template = "ARRAY(%(subquery)s)"

    def __init__(self, relation: ManyToManyField[Any, Any], column: str) -> None:
        related: Any = relation.related_model
        rows = related._default_manager.filter(**{relation.related_query_name(): OuterRef("pk")})
        self._relation, self._column = relation.name, column
        super().__init__(rows.values_list(column), output_field=_ListField())

    def value_of(self, instance: Model, related: Mapping[str, Any]) -> Any:
        """The list of the instance: by the relation's name, or looked for."""
        if self._relation in related:
            return related[self._relation]
        return [getattr(row, self._column) for row in getattr(instance, self._relation).all()]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        template = "(WITH listed(value) AS (%(subquery)s) SELECT json_group_array(value) FROM listed)"
        return self.as_sql(compiler, connection, template=template, **extra)


class _ListField(Field[Any, Any]):
    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Callable[..., Any]]:
        """SQLite, which has no arrays, gives JSON."""
        return [] if connection.vendor == "postgresql" else [_read_json]


def _read_json(value: str, expression: object, connection: object) -> Any:
    return orjson.loads(value)


# The limits that a page's index is read from, by what says more exactly where to begin: the comparison with a place.
_RANGE_LOOKUPS = {
    TupleLessThan: (LessThan, LessThanOrEqual),
    TupleLessThanOrEqual: (LessThan, LessThanOrEqual),
    TupleGreaterThan: (GreaterThan, GreaterThanOrEqual),
    TupleGreaterThanOrEqual: (GreaterThan, GreaterThanOrEqual),
}


class IndexHiddenRange(models.Func):
    """A comparison of a column with a value, as a condition.

    PostgreSQL 18 begins to read an index there, even if a comparison of rows says that what is wanted comes long after
    it, as a cursor does: each page would then cost as much as all before it. So beside one, it is no use to an index.
    """

    template = "%(expressions)s"
    output_field = models.BooleanField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        (condition,) = self.get_source_expressions()
        sql, params = compiler.compile(condition)
        if any(_is_before(condition, each) for each in compiler.query.where.children):
            sql = f"({sql}) IS TRUE"
        return sql, params


class LikelyCondition(IndexHiddenRange):
    """A condition that rows are not to be looked up by.

    SQLite takes a condition with an index for one that few rows fulfil. Unless it is told otherwise, it would rather
    sort all of those than read what a page needs off the index on the page's order.
    """

    template = "LIKELY(%(expressions)s)"


def _is_before(condition: Any, other: Any) -> bool:
    """Whether a condition limits the very column by whose order another says where to begin."""
    hides = isinstance(condition, _RANGE_LOOKUPS.get(type(other), ()))
    return hides and condition.lhs.target == other.lhs.get_source_expressions()[0].target
