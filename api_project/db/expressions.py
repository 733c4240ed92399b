"""Expressions for querysets that Django does not have."""

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
    """One column of the rows of a many-to-many relation, as a list in the related model's default order."""

    template = "ARRAY(%(subquery)s)"

    def __init__(self, relation: ManyToManyField[Any, Any], column: str) -> None:
        related: Any = relation.related_model
        rows = related._default_manager.filter(**{relation.related_query_name(): OuterRef("pk")})
        self._relation, self._column = relation.name, column
        super().__init__(rows.values_list(column), output_field=_ListField())

    def value_of(self, instance: Model, related: Mapping[str, Any]) -> Any:
        """The same list for an instance: from `related`, by the relation's name, or else from the database."""
        if self._relation in related:
            return related[self._relation]
        return [getattr(row, self._column) for row in getattr(instance, self._relation).all()]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        template = "(WITH listed(value) AS (%(subquery)s) SELECT json_group_array(value) FROM listed)"
        return self.as_sql(compiler, connection, template=template, **extra)


class _ListField(Field[Any, Any]):
    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Callable[..., Any]]:
        """SQLite has no arrays, so it gives JSON."""
        return [] if connection.vendor == "postgresql" else [_read_json]


def _read_json(value: str, expression: object, connection: object) -> Any:
    return orjson.loads(value)


# Range filters that an index scan could start from, by the cursor's row comparison that is a better start.
_RANGE_LOOKUPS = {
    TupleLessThan: (LessThan, LessThanOrEqual),
    TupleLessThanOrEqual: (LessThan, LessThanOrEqual),
    TupleGreaterThan: (GreaterThan, GreaterThanOrEqual),
    TupleGreaterThanOrEqual: (GreaterThan, GreaterThanOrEqual),
}


class IndexHiddenRange(models.Func):
    """A range filter that is hidden from indexes when the query also has a cursor's row comparison.

    Given both, PostgreSQL 18 starts the index scan at the filter's bound and discards all rows up to the cursor, so
    that page N costs as much as N pages. `IS TRUE` makes the filter useless to an index.
    """

    template = "%(expressions)s"
    output_field = models.BooleanField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        (condition,) = self.get_source_expressions()
        sql, params = compiler.compile(condition)
        if any(_is_better_start(condition, each) for each in compiler.query.where.children):
            sql = f"({sql}) IS TRUE"
        return sql, params


class LikelyCondition(IndexHiddenRange):
    """A condition that most rows fulfil, so that no index should be used for it.

    SQLite assumes that few rows fulfil a condition that has an index. Without `LIKELY` it sorts all of them, although
    the index on the page's order gives a page at once.
    """

    template = "LIKELY(%(expressions)s)"


def _is_better_start(condition: Any, other: Any) -> bool:
    """True if `other` is a row comparison whose first column is the one that the condition filters."""
    hides = isinstance(condition, _RANGE_LOOKUPS.get(type(other), ()))
    return hides and condition.lhs.target == other.lhs.get_source_expressions()[0].target
