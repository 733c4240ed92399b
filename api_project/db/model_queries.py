"""Models from kept SQL, for where what is read is worked with and not shown."""

from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from api_project.db.compiled import CompiledQuery, Row
from api_project.db.execution import ahead

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

    def refresh_before_first(self, instance: M, gone: Exception, **values: Any) -> AbstractContextManager[None]:
        """Whatever is executed in here, the instance's row is read first, with it and into the instance.

        Raises `gone` when there is none for these values of the parameters.
        """

        def look(rows: list[Row]) -> None:
            if not rows:
                raise gone
            (row,) = self._query.converted(rows)
            for name, value in zip(self._own, row, strict=True):
                setattr(instance, name, value)

        return ahead(self._using, self._query.query(**values), look)


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
