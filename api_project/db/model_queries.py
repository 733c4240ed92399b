"""Instances of a model by a compiled query, for code that works with what it reads and does not show it."""

from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from api_project.db.compiled import CompiledQuery, Row
from api_project.db.execution import Query

M = TypeVar("M", bound=Model)


class CompiledModelQuery(Generic[M]):
    """Whole rows of a queryset, each with the row that one of its foreign keys refers to, if that is named."""

    def __init__(self, queryset: QuerySet[M], joined: str = "") -> None:
        self._model, self._joined, self._using = queryset.model, joined, queryset.db
        self._own = _columns(self._model)
        if joined:
            related: Any = self._model._meta.get_field(joined).related_model
            self._related, self._others = related, _columns(related)
            queryset = queryset.values_list(*self._own, *(f"{joined}__{name}" for name in self._others))
        self._query = CompiledQuery(queryset)

    def first(self, **values: Any) -> M | None:
        """The first row for these values of the parameters, if there is one."""
        for row in self._query.rows(**values):
            own, others = row[: len(self._own)], row[len(self._own) :]
            instance = self._model.from_db(self._using, self._own, own)
            if self._joined:
                setattr(instance, self._joined, self._related.from_db(self._using, self._others, others))
            return instance
        return None

    def query(self, **values: Any) -> Query:
        """The query for these values of the parameters, to be executed together with others."""
        return self._query.query(**values)

    def refresh(self, instance: M, rows: list[Row]) -> bool:
        """Set the instance's columns to the row that the query gave. False if it gave none."""
        for row in self._query.converted(rows):
            for name, value in zip(self._own, row, strict=True):
                setattr(instance, name, value)
            return True
        return False


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
