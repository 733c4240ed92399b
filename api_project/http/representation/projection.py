"""A representation as its serializer declares it, read from rows of plain columns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.fields import Field
from rest_framework.serializers import BaseSerializer, Serializer

from api_project.db.compiled import Row
from api_project.db.expressions import ListOf
from api_project.http.representation.field_selection import readable_fields
from api_project.http.representation.serializers import ComputedField, SlugListField

Reader = Callable[[Row], Any]
AnyField = Field[Any, Any, Any, Any]

# Their columns hold what they show, or what JSON shows alike.
_PLAIN = (
    serializers.CharField.to_representation,
    serializers.IntegerField.to_representation,
    serializers.BooleanField.to_representation,
    serializers.UUIDField.to_representation,
    serializers.ReadOnlyField.to_representation,
)


@dataclass(eq=False)
class Projection:
    """What is read of each row, and what is shown of it."""

    columns: list[str] = field(default_factory=list)
    aggregated: dict[str, ListOf] = field(default_factory=dict)
    readers: list[tuple[str, Reader]] = field(default_factory=list)
    computed: list[tuple[str, int, ComputedField]] = field(default_factory=list)

    @classmethod
    def of(cls, serializer: BaseSerializer[Any], model: type[Model]) -> "Projection":
        """Raises ImproperlyConfigured for a field that cannot be told from the database."""
        projection = cls()
        projection.readers = list(projection._readers(serializer, model, ""))
        return projection

    def query(self, queryset: QuerySet[Any], *more: str) -> QuerySet[Any, Row]:
        """The rows that `show` takes, with what they lack of `more` columns at their ends."""
        named = queryset.annotate(**self.aggregated)
        rows: QuerySet[Any, Row] = named.values_list(*self._with(more))
        return rows

    def row_from_instance(self, instance: Model, related: Mapping[str, Any]) -> Row | None:
        """The row that would be read for the instance, as far as its model knows it: None for one with annotations.

        What neither the instance holds in memory nor the `lists` of what it is related to is looked for.
        """
        try:
            return tuple(self._value_of(instance, column, related) for column in self.columns)
        except AttributeError:
            return None

    def _value_of(self, instance: Model, column: str, related: Mapping[str, Any]) -> Any:
        if column in self.aggregated:
            return self.aggregated[column].value_of(instance, related)
        value: Any = instance
        for name in column.split("__"):
            value = None if value is None else getattr(value, name)
        return value

    def pick(self, row: Row, *columns: str) -> Row:
        """The values of columns in a row of those that `query` gives with them as `more`."""
        names = self._with(columns)
        return tuple(row[names.index(column)] for column in columns)

    def _with(self, more: Sequence[str]) -> list[str]:
        return list(dict.fromkeys((*self.columns, *more)))

    def serialize(self, rows: Sequence[Row], *, at: datetime) -> list[dict[str, Any]]:
        """The representations of the rows, as they are at that time."""
        shown = [{name: read(row) for name, read in self.readers} for row in rows]
        for name, column, computed in self.computed:
            for data, row in zip(shown, rows, strict=True):
                data[name] = computed.compute(row[column], at=at)
        return shown

    def state_values(self, rows: Sequence[Row], columns: Sequence[str], *, at: datetime) -> list[Any]:
        """What these members have in rows of those columns, their own among them, in the least form there is."""
        pick = itemgetter(*map(columns.index, self.columns))
        computed = [
            [each.compute(row[columns.index(self.columns[column])], at=at) for row in rows]
            for _name, column, each in self.computed
        ]
        return [*map(pick, rows), *computed]

    def _readers(
        self, serializer: BaseSerializer[Any], model: type[Model], prefix: str
    ) -> Iterator[tuple[str, Reader]]:
        for name, declared in readable_fields(serializer):
            yield name, self._reader(name, declared, model, prefix)

    def _reader(self, name: str, declared: AnyField, model: type[Model], prefix: str) -> Reader:
        column = prefix + str(declared.source)
        if isinstance(declared, Serializer):
            return self._object(declared, _relation(model, str(declared.source)).related_model, column)
        if isinstance(declared, SlugListField) and not prefix:
            alias = f"list_of_{column}"
            self.aggregated[alias] = ListOf(_relation(model, str(declared.source)), declared.slug_field)
            return itemgetter(self._add(alias))
        if isinstance(declared, ComputedField) and not prefix:
            self.computed.append((name, self._add(column), declared))
            return itemgetter(self._add(column))
        if declared.source == "*" or type(declared).get_attribute is not Field.get_attribute:
            message = (
                f"{name} of {declared.parent!r} reads more than a column: make it a ComputedField, or annotate it."
            )
            raise ImproperlyConfigured(message)
        return self._value(declared, self._add(column))

    def _value(self, declared: AnyField, index: int) -> Reader:
        if type(declared).to_representation in _PLAIN:
            return itemgetter(index)
        represent = declared.to_representation
        return lambda row: None if row[index] is None else represent(row[index])

    def _object(self, serializer: Serializer[Any], model: type[Model], column: str) -> Reader:
        readers = list(self._readers(serializer, model, f"{column}__"))
        there = self._add(f"{column}__{model._meta.pk.name}")
        return lambda row: None if row[there] is None else {name: read(row) for name, read in readers}

    def _add(self, column: str) -> int:
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column)


def _relation(model: type[Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        raise ImproperlyConfigured(f"{model.__name__} has no relation {name}.") from None
