"""One row, by a unique column of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from api_project.db.compiled import Parameter, Row, Statement
from api_project.http.representation.projection import Members

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Seen(Generic[M]):
    """What is shown of a resource, and the resource itself, of which only the keys have been read."""

    data: dict[str, Any]
    instance: M


class Lookup(Generic[M]):
    def __init__(self, queryset: QuerySet[M], column: str, members: Members) -> None:
        self._model, self._using, self._members = queryset.model, queryset.db, members
        meta = self._model._meta
        field: Any = meta.pk if column == "pk" else meta.get_field(column)
        self._keys = [each.attname for each in meta.concrete_fields if each.primary_key or each.is_relation]
        self._statement = Statement(members.query(queryset.filter(**{column: Parameter("key", field)}), *self._keys))

    def find(self, value: Any, *, at: datetime) -> Seen[M]:
        """Raises Http404 when there is none."""
        data, keys = self.read(value, at=at)
        return Seen(data, self._model.from_db(self._using, self._keys, keys))

    def read(self, value: Any, *, at: datetime) -> tuple[dict[str, Any], Row]:
        """What is shown, and the keys. Raises Http404."""
        rows = self._statement.rows(key=value, at=at)
        if not rows:
            raise Http404
        (data,) = self._members.show(rows, at=at)
        return data, self._members.pick(rows[0], *self._keys)
