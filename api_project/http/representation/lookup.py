"""Reads the representation of one row, found by a unique column."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from api_project.db.compiled import BoundParameter, CompiledQuery, Row
from api_project.db.model_queries import instance_of
from api_project.http.representation.projection import Projection

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class LookupResult(Generic[M]):
    """A resource's representation, and its instance, of which only the primary and foreign keys are loaded."""

    data: dict[str, Any]
    instance: M


class Lookup(Generic[M]):
    def __init__(self, queryset: QuerySet[M], column: str, projection: Projection) -> None:
        self._model, self._using, self._projection = queryset.model, queryset.db, projection
        meta = self._model._meta
        field: Any = meta.pk if column == "pk" else meta.get_field(column)
        self._keys = [each.attname for each in meta.concrete_fields if each.primary_key or each.is_relation]
        self._query = CompiledQuery(
            projection.query(queryset.filter(**{column: BoundParameter("key", field)}), *self._keys)
        )

    def find(self, value: Any, *, at: datetime, **parameters: Any) -> LookupResult[M]:
        """Raises Http404 if there is no such row. The queryset may have more parameters."""
        data, keys = self.read(value, at=at, **parameters)
        return LookupResult(data, instance_of(self._model, self._keys, keys, using=self._using))

    def read(self, value: Any, *, at: datetime, **parameters: Any) -> tuple[dict[str, Any], Row]:
        """The representation, and the values of the keys. Raises Http404 if there is no such row."""
        rows = self._query.rows(key=value, at=at, **parameters)
        if not rows:
            raise Http404
        (data,) = self._projection.serialize(rows, at=at)
        return data, self._projection.pick(rows[0], *self._keys)
