"""Instances of a model by a compiled query, for code that works with what it reads and does not show it."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.signals import post_init, pre_init  # noqa: TID251 (Models that they are sent for are read as Django does.)

from api_project.db.compiled import CompiledQuery, Row
from api_project.db.execution import Query
from api_project.db.native import is_plain_attribute

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
            instance = instance_of(self._model, self._own, own, using=self._using)
            if self._joined:
                setattr(instance, self._joined, instance_of(self._related, self._others, others, using=self._using))
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


def instance_of(model: type[M], names: Sequence[str], values: Row, *, using: str) -> M:
    """An instance as `Model.from_db` makes it, in a third of the time: Django sets each attribute and sends signals."""
    if not _is_plain(model) or pre_init.receivers or post_init.receivers:
        return model.from_db(using, names, values)
    instance = object.__new__(model)
    state = ModelState()
    state.db, state.adding = using, False
    instance.__dict__ = {"_state": state, **dict(zip(names, values, strict=True))}
    return instance


@cache
def _is_plain(model: type[Model]) -> bool:
    """True if the model does not change how its instances are made, nor does one of its fields how it is set."""
    makes_none = model.__init__ is Model.__init__ and model.from_db.__func__ is Model.from_db.__func__  # type: ignore[attr-defined]
    return makes_none and all(is_plain_attribute(field) for field in model._meta.concrete_fields)


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
