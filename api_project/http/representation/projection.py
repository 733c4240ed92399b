"""Turns rows of plain columns into the representation that a serializer declares."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
from api_project.http.representation.fields import AnyField, ComputedField, DateTimeField, SlugListField
from api_project.http.representation.timestamps import to_json_value

Reader = Callable[[Row], Any]

# These return the column's value, or one that looks the same in JSON.
_UNCHANGED = (
    serializers.CharField.to_representation,
    serializers.IntegerField.to_representation,
    serializers.BooleanField.to_representation,
    serializers.UUIDField.to_representation,
    serializers.ReadOnlyField.to_representation,
)


@dataclass(eq=False)
class Projection:
    """The columns to read, and the functions that turn their values into a representation."""

    columns: list[str] = field(default_factory=list)
    aggregated: dict[str, ListOf] = field(default_factory=dict)
    readers: list[tuple[str, Reader]] = field(default_factory=list)
    computed: list[tuple[str, int, ComputedField]] = field(default_factory=list)
    # The index of each time's column, and the names that lead to it in a representation.
    times: list[tuple[int, list[str]]] = field(default_factory=list)

    @classmethod
    def of(cls, serializer: BaseSerializer[Any], model: type[Model]) -> "Projection":
        """Raises ImproperlyConfigured for a field that needs more than columns."""
        projection = cls()
        projection.readers = list(projection._readers(serializer, model, ""))
        return projection

    def query(self, queryset: QuerySet[Any], *more: str) -> QuerySet[Any, Row]:
        """The rows for `serialize`. They end with those of the `more` columns that the projection does not read."""
        named = queryset.annotate(**self.aggregated)
        rows: QuerySet[Any, Row] = named.values_list(*self._with(more))
        return rows

    def row_from_instance(self, instance: Model, related: Mapping[str, Any]) -> Row | None:
        """The row that `query` would return for the instance; None if it has columns that the instance lacks.

        Values come from memory: from the instance, and from `related` for aggregated columns. The database supplies
        related objects that the instance has not loaded.
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
        """The values of these columns in a row of `query(queryset, *columns)`."""
        names = self._with(columns)
        return tuple([row[names.index(column)] for column in columns])

    def _with(self, more: Sequence[str]) -> list[str]:
        return list(dict.fromkeys((*self.columns, *more)))

    def serialize(self, rows: Sequence[Row], *, at: datetime) -> list[dict[str, Any]]:
        """The representations of the rows at that time."""
        representations = [{name: read(row) for name, read in self.readers} for row in rows]
        times = [value for row in rows for index, _path in self.times if (value := row[index]) is not None]
        if [value for value in times if not value.microsecond or value.tzinfo is not UTC]:
            self._format_times(representations)
        for name, column, computed in self.computed:
            for data, row in zip(representations, rows, strict=True):
                data[name] = computed.compute(row[column], at=at)
        return representations

    def _format_times(self, representations: Sequence[dict[str, Any]]) -> None:
        """Replace the times that `renderers.to_json` would write differently."""
        for _index, (*outer, name) in self.times:
            owners = representations
            for each in outer:
                owners = [owner[each] for owner in owners if owner[each] is not None]
            for owner in owners:
                owner[name] = None if owner[name] is None else to_json_value(owner[name])

    def length_on_request(self, rows: Sequence[Row]) -> int:
        """The characters that the fields on request are computed from."""
        columns = [column for _name, column, computed in self.computed if computed.on_request]
        return sum(len(str(row[column])) for column in columns for row in rows)

    def state_values(self, rows: Sequence[Row], columns: Sequence[str], *, at: datetime) -> list[Any]:
        """The values that determine the representations, from rows that have this projection's columns among `columns`.

        Cheaper than the representations, for a hash of the state.
        """
        pick = itemgetter(*map(columns.index, self.columns))
        positions = [(each, columns.index(self.columns[column])) for _name, column, each in self.computed]
        computed = [[each.compute(row[position], at=at) for row in rows] for each, position in positions]
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
        if isinstance(declared, serializers.PrimaryKeyRelatedField):
            return itemgetter(self._add(prefix + _relation(model, str(declared.source)).attname))
        if isinstance(declared, ComputedField) and not prefix:
            self.computed.append((name, self._add(column), declared))
            return itemgetter(self._add(column))
        if declared.source == "*" or type(declared).get_attribute is not Field.get_attribute:
            raise ImproperlyConfigured(_not_projectable(declared, name))
        return self._value(declared, self._add(column))

    def _value(self, declared: AnyField, index: int) -> Reader:
        if type(declared).to_representation in _UNCHANGED:
            return itemgetter(index)
        represent = declared.to_representation
        if type(declared).to_representation is DateTimeField.to_representation:
            self.times.append((index, _path_of(declared)))
            return itemgetter(index)
        return lambda row: None if row[index] is None else represent(row[index])

    def _object(self, serializer: Serializer[Any], model: type[Model], column: str) -> Reader:
        readers = list(self._readers(serializer, model, f"{column}__"))
        key = self._add(f"{column}__{model._meta.pk.name}")
        return lambda row: None if row[key] is None else {name: read(row) for name, read in readers}

    def _add(self, column: str) -> int:
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column)


def _path_of(declared: AnyField) -> list[str]:
    """The names that lead to a field from the outermost serializer."""
    outer: Any = declared.parent
    return [] if outer is None else [*_path_of(outer), str(declared.field_name)]


def _not_projectable(declared: AnyField, name: str) -> str:
    field_name = f"{type(declared.parent).__name__}.{name}"
    if isinstance(declared, ComputedField | SlugListField):
        return f"{field_name} cannot be in a nested serializer: declare it in the outer one."
    return (
        f"{field_name} is not the value of one column: make it a ComputedField of a column,"
        " or annotate its value in get_queryset."
    )


def _relation(model: type[Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        raise ImproperlyConfigured(f"{model.__name__} has no relation {name}.") from None
