"""Collections in an order, of which any part can be read."""

from collections.abc import Hashable
from typing import Any

from django.db.models import QuerySet

from api_project.db.compiled import Parameter, Row, Statement
from api_project.http.listing.cursors import Cursor
from api_project.http.listing.ordering import Ordering
from api_project.http.representation.projection import Members


class Source:
    """A queryset in an order. Its rows hold the columns of the order: their places in it."""

    def __init__(self, queryset: QuerySet[Any], ordering: Ordering) -> None:
        self.ordering = ordering
        self._queryset = queryset
        self._statements: dict[Hashable, Statement] = {}

    def behind(self, cursor: Cursor | None, members: Members, *, limit: int, **values: Any) -> list[Row]:
        """The first rows behind a place, or of all, in the direction in which the cursor looks."""
        if cursor is None:
            return self._statement(members, (0, limit), backward=False, inclusive=None).rows(**values)
        places = {f"place_{number}": value for number, value in enumerate(cursor.place)}
        statement = self._statement(members, (0, limit), backward=cursor.backward, inclusive=cursor.inclusive)
        return statement.rows(**places, **values)

    def slice(self, start: int, stop: int, members: Members, **values: Any) -> list[Row]:
        statement = self._statement(members, (start, stop), backward=False, inclusive=None, planned_anew=True)
        return statement.rows(**values)

    def count(self, **values: Any) -> int:
        if None not in self._statements:
            self._statements[None] = Statement(self._queryset.order_by().values_list("pk"), planned_anew=True)
        return self._statements[None].count(**values)

    def place_of(self, row: Row, members: Members) -> Row:
        return members.pick(row, *self.ordering.columns)

    def _statement(
        self,
        members: Members,
        part: tuple[int, int],
        *,
        backward: bool,
        inclusive: bool | None,
        planned_anew: bool = False,
    ) -> Statement:
        # Not by the members themselves, which may be dropped and made anew any number of times while this is kept.
        key = tuple(members.columns), part, backward, inclusive, planned_anew
        if key not in self._statements:
            direction = self.ordering.reversed() if backward else self.ordering
            queryset = self._queryset
            if inclusive is not None:
                queryset = direction.behind(queryset, self._places(), inclusive=inclusive)
            rows = members.query(direction.apply(queryset), *self.ordering.columns)
            self._statements[key] = Statement(rows[part[0] : part[1]], planned_anew=planned_anew)
        return self._statements[key]

    def _places(self) -> list[Parameter]:
        field_of = self._queryset.model._meta.get_field
        columns = enumerate(self.ordering.columns)
        return [Parameter(f"place_{number}", field_of(column)) for number, column in columns]
