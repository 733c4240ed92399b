"""Reads any slice of an ordered queryset with compiled queries."""

from collections.abc import Hashable
from typing import Any

from django.db.models import QuerySet

from api_project.db.compiled import BoundParameter, CompiledQuery, Row
from api_project.http.listing.cursors import Cursor
from api_project.http.listing.ordering import Ordering
from api_project.http.representation.projection import Projection


class OrderedQuery:
    """An ordered queryset. Its rows include the columns of the ordering, so that each row yields its position."""

    def __init__(self, queryset: QuerySet[Any], ordering: Ordering) -> None:
        self.ordering = ordering
        self._queryset = queryset
        self._queries: dict[Hashable, CompiledQuery] = {}

    def after(self, cursor: Cursor | None, projection: Projection, *, limit: int, **values: Any) -> list[Row]:
        """The first `limit` rows from the cursor on, in its direction; from the start if there is no cursor."""
        if cursor is None:
            return self._compiled(projection, (0, limit), backward=False, inclusive=None).rows(**values)
        positions = {f"position_{number}": value for number, value in enumerate(cursor.position)}
        query = self._compiled(projection, (0, limit), backward=cursor.backward, inclusive=cursor.inclusive)
        return query.rows(**positions, **values)

    def slice(self, start: int, stop: int, projection: Projection, **values: Any) -> list[Row]:
        query = self._compiled(projection, (start, stop), backward=False, inclusive=None, custom_plan=True)
        return query.rows(**values)

    def count(self, **values: Any) -> int:
        if None not in self._queries:
            self._queries[None] = CompiledQuery(self._queryset.order_by().values_list("pk"), custom_plan=True)
        return self._queries[None].count(**values)

    def position_of(self, row: Row, projection: Projection) -> Row:
        return projection.pick(row, *self.ordering.columns)

    def _compiled(
        self,
        projection: Projection,
        bounds: tuple[int, int],
        *,
        backward: bool,
        inclusive: bool | None,
        custom_plan: bool = False,
    ) -> CompiledQuery:
        # The key holds the columns, not the projection: this object outlives many equal projections.
        key = tuple(projection.columns), bounds, backward, inclusive, custom_plan
        if key not in self._queries:
            direction = self.ordering.reversed() if backward else self.ordering
            queryset = self._queryset
            if inclusive is not None:
                queryset = direction.after(queryset, self._positions(), inclusive=inclusive)
            rows = projection.query(direction.apply(queryset), *self.ordering.columns)
            self._queries[key] = CompiledQuery(rows[bounds[0] : bounds[1]], custom_plan=custom_plan)
        return self._queries[key]

    def _positions(self) -> list[BoundParameter]:
        field_of = self._queryset.model._meta.get_field
        columns = enumerate(self.ordering.columns)
        return [BoundParameter(f"position_{number}", field_of(column)) for number, column in columns]
