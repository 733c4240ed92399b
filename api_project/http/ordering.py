"""Total orders: a list of columns that always ends in the primary key, so that no two rows are equal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Key:
    column: str
    descending: bool

    def reversed(self) -> "Key":
        return Key(self.column, not self.descending)

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


@dataclass(frozen=True)
class Ordering:
    keys: tuple[Key, ...]

    @classmethod
    def of(cls, names: Sequence[str], columns: Mapping[str, str]) -> "Ordering":
        """The order that public names ask for, `-` for descending, with the tie-break that makes it total."""
        keys = [Key(columns[name.removeprefix("-")], name.startswith("-")) for name in names]
        columns_so_far = [key.column for key in keys]
        if "id" in columns_so_far:
            keys = keys[: columns_so_far.index("id") + 1]  # What follows a unique key decides nothing.
        else:
            keys.append(Key("id", keys[-1].descending if keys else False))
        return cls(tuple(keys))

    def reversed(self) -> "Ordering":
        return Ordering(tuple(key.reversed() for key in self.keys))

    def apply(self, queryset: QuerySet[M]) -> QuerySet[M]:
        return queryset.order_by(*map(str, self.keys))

    def values_of(self, row: Model) -> list[Any]:
        """Where a row stands in this order."""
        return [getattr(row, key.column) for key in self.keys]

    def after(self, queryset: QuerySet[M], values: Sequence[Any], *, inclusive: bool = False) -> QuerySet[M]:
        """The rows behind that place (and the one at it)."""
        if inclusive:
            return queryset.filter(self._behind(values) | Q(pk=values[-1]))
        return queryset.filter(self._behind(values))

    def _behind(self, values: Sequence[Any]) -> Any:
        columns = [key.column for key in self.keys]
        directions = {key.descending for key in self.keys}
        if len(directions) == 1:
            # A row comparison is one range of an index on the same columns.
            lookup = TupleLessThan if directions == {True} else TupleGreaterThan
            return Q(lookup(Tuple(*map(F, columns)), tuple(values)))
        behind = Q()
        for index, key in enumerate(self.keys):
            tied = Q(**dict(zip(columns[:index], values, strict=False)))
            behind |= tied & Q(**{f"{key.column}__{'lt' if key.descending else 'gt'}": values[index]})
        first = self.keys[0]
        return Q(**{f"{first.column}__{'lte' if first.descending else 'gte'}": values[0]}) & behind
