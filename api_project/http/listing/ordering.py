"""Total orderings: their last column is unique, so that no two rows are equal."""

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

# The lookup for the rows after a position, by (descending, inclusive).
_AFTER = {
    (False, False): TupleGreaterThan,
    (False, True): TupleGreaterThanOrEqual,
    (True, False): TupleLessThan,
    (True, True): TupleLessThanOrEqual,
}


@dataclass(frozen=True)
class SortKey:
    column: str
    descending: bool

    def reversed(self) -> "SortKey":
        return SortKey(self.column, not self.descending)

    def after(self, value: Any) -> Q:
        return Q(**{f"{self.column}__{'lt' if self.descending else 'gt'}": value})

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


@dataclass(frozen=True)
class Ordering:
    keys: tuple[SortKey, ...]

    @classmethod
    def of(cls, names: Sequence[str], columns: Mapping[str, str], model: type[Model]) -> "Ordering":
        """The ordering by these public names, `-` for descending.

        It ends at the first unique column, since later columns decide nothing. If no column is unique, it ends with the
        primary key, in the direction of the last column.
        """
        keys: list[SortKey] = []
        for name in names:
            keys.append(SortKey(columns[name.removeprefix("-")], name.startswith("-")))
            if getattr(model._meta.get_field(keys[-1].column), "unique", False):
                return cls(tuple(keys))
        return cls((*keys, SortKey(model._meta.pk.name, bool(keys) and keys[-1].descending)))

    @property
    def columns(self) -> list[str]:
        return [key.column for key in self.keys]

    def reversed(self) -> "Ordering":
        return Ordering(tuple(key.reversed() for key in self.keys))

    def apply(self, queryset: QuerySet[M]) -> QuerySet[M]:
        return queryset.order_by(*map(str, self.keys))

    def after(self, queryset: QuerySet[M], position: Sequence[Any], *, inclusive: bool = False) -> QuerySet[M]:
        """The rows after a position; if `inclusive`, also the row at it."""
        directions = {key.descending for key in self.keys}
        if len(directions) > 1:
            return queryset.filter(self._after_in_mixed_directions(position, inclusive=inclusive))
        # The database reads a row comparison as one range of an index on these columns.
        lookup = _AFTER[directions.pop(), inclusive]
        return queryset.filter(lookup(Tuple(*map(F, self.columns)), tuple(position)))

    def _after_in_mixed_directions(self, position: Sequence[Any], *, inclusive: bool) -> Q:
        after, tied = Q(), Q()
        for key, value in zip(self.keys, position, strict=True):
            after |= tied & key.after(value)
            tied &= Q(**{key.column: value})
        first = self.keys[0]
        # This bound is redundant, but lets the database read one range of an index on the first column.
        bound = first.after(position[0]) | Q(**{first.column: position[0]})
        return bound & (after | tied if inclusive else after)
