"""What a row holds of the rows that it is related to."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ManyToManyField, Model, OuterRef, Subquery
from django.db.models.sql.compiler import SQLCompiler


class ListOf(Subquery):
    """One column of the rows that a many-to-many relation leads to, as a list in their own order."""

    template = "ARRAY(%(subquery)s)"

    def __init__(self, relation: ManyToManyField[Any, Any], column: str) -> None:
        related: Any = relation.related_model
        rows = related._default_manager.filter(**{relation.related_query_name(): OuterRef("pk")})
        self._relation, self._column = relation.name, column
        super().__init__(rows.values_list(column), output_field=_ListField())

    def held(self, instance: Model, lists: Mapping[str, Any]) -> Any:
        """The list of the instance: by the relation's name, or looked for."""
        if self._relation in lists:
            return lists[self._relation]
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
