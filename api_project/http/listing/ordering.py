"""Total orders: columns to sort by that end in a unique one, so that no two rows are equal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import (
    Tuple,
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleLessThan,
    TupleLessThanOrEqual,
)

M = TypeVar("M", bound=Model)

# By whether the order descends, and whether the place itself belongs to what is behind it.
_BEHIND = {
    (False, False): TupleGreaterThan,
    (False, True): TupleGreaterThanOrEqual,
    (True, False): TupleLessThan,
    (True, True): TupleLessThanOrEqual,
}


@dataclass(frozen=True)
class Key:
    column: str
    descending: bool

    def reversed(self) -> "Key":
        return Key(self.column, not self.descending)

    def behind(self, value: Any) -> Q:
        return Q(**{f"{self.column}__{'lt' if self.descending else 'gt'}": value})

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


@dataclass(frozen=True)
class Ordering:
    keys: tuple[Key, ...]

    @classmethod
    def of(cls, names: Sequence[str], columns: Mapping[str, str], model: type[Model]) -> "Ordering":
        """The order that public names ask for, `-` for descending.

        It ends at the first unique column, since what follows decides nothing; where none is named, the primary key
        is added in the direction of the last.
        """
        keys: list[Key] = []
        for name in names:
            keys.append(Key(columns[name.removeprefix("-")], name.startswith("-")))
            if getattr(model._meta.get_field(keys[-1].column), "unique", False):
                return cls(tuple(keys))
        return cls((*keys, Key(model._meta.pk.name, bool(keys) and keys[-1].descending)))

    @property
    def columns(self) -> list[str]:
        return [key.column for key in self.keys]

    def reversed(self) -> "Ordering":
        return Ordering(tuple(key.reversed() for key in self.keys))

    def apply(self, queryset: QuerySet[M]) -> QuerySet[M]:
        return queryset.order_by(*map(str, self.keys))

    def behind(self, queryset: QuerySet[M], place: Sequence[Any], *, inclusive: bool = False) -> QuerySet[M]:
        """The rows behind a place, with the one at it if `inclusive`."""
        directions = {key.descending for key in self.keys}
        if len(directions) > 1:
            return queryset.filter(self._behind_in_mixed_directions(place, inclusive=inclusive))
        # A comparison of rows is one range of an index on these columns.
        lookup = _BEHIND[directions.pop(), inclusive]
        return queryset.filter(lookup(Tuple(*map(F, self.columns)), tuple(place)))

    def _behind_in_mixed_directions(self, place: Sequence[Any], *, inclusive: bool) -> Q:
        behind, tied = Q(), Q()
        for key, value in zip(self.keys, place, strict=True):
            behind |= tied & key.behind(value)
            tied &= Q(**{key.column: value})
        first = self.keys[0]
        # What it adds to the rest is a range of the index on the first column.
        bound = first.behind(place[0]) | Q(**{first.column: place[0]})
        return bound & (behind | tied if inclusive else behind)
