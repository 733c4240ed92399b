"""The stages that look at all rows of a table: at first, and when the caller's role has changed.

A query looks at a limited number of rows, in the order of their ids, however few of them the caller sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from api_project.journal.feed import Batch, Candidate, RoleUse, Source
from api_project.journal.models import Entry
from api_project.journal.registry import Journalled
from api_project.journal.witness import Witness

ROWS_AT_ONCE = 2000
COST = 100  # Of looking at so many.


@dataclass(frozen=True)
class Range:
    """The rows after one, up to the last of the next ROWS_AT_ONCE. It has no end if there are not so many."""

    after: tuple[Any, ...]
    end: UUID | None

    @classmethod
    def of(cls, journalled: Journalled, after: tuple[Any, ...]) -> "Range":
        keys = cls(after, None).of_rows(journalled.model._default_manager.all()).order_by("pk")
        return cls(after, keys.values_list("pk", flat=True)[ROWS_AT_ONCE - 1 : ROWS_AT_ONCE].first())

    def of_rows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(pk__gt=self.after[0]) if self.after else rows
        return rows.filter(pk__lte=self.end) if self.end else rows

    def keys(self, rows: QuerySet[Any], limit: int) -> list[UUID]:
        return list(self.of_rows(rows).order_by("pk").values_list("pk", flat=True)[:limit])

    def batch(self, candidates: Sequence[Candidate], limit: int) -> Batch:
        if len(candidates) == limit:
            return Batch(candidates, candidates[-1].after)
        return Batch(candidates, (self.end,) if self.end else None, cost=COST)


@dataclass(frozen=True)
class All:
    """All that the caller sees of a type, by id."""

    journalled: Journalled
    source: Source
    at: datetime

    def candidates(self, after: tuple[Any, ...], limit: int) -> Batch:
        name, looked_at = self.journalled.name, Range.of(self.journalled, after)
        keys = looked_at.keys(self.source.visible(name, self.source.role, at=self.at), limit)
        return looked_at.batch([Candidate(name, key, self.at, (key,)) for key in keys], limit)


@dataclass(frozen=True)
class OtherRole:
    """The rows that the caller sees in their role and did not see in another one, or the other way round."""

    journalled: Journalled
    source: Source
    roles: Sequence[RoleUse]
    at: datetime
    witness: Witness

    def candidates(self, after: tuple[Any, ...], limit: int) -> Batch:
        looked_at = Range.of(self.journalled, after)
        now = self._sees(self.source.role, looked_at)
        in_all, in_any = ~Q(pk=None), Q(pk=None)
        for use in self.roles:
            before = self._sees(use.role, looked_at)
            in_all, in_any = in_all & before, in_any | before
        rows = self.journalled.model._default_manager.filter((now & ~in_all) | (in_any & ~now))
        keys = looked_at.keys(rows, limit)
        inserted = self.witness.insertions(self.journalled, keys) if self.witness.lost_roles(self.journalled) else {}
        return looked_at.batch([self._candidate(key, inserted.get(key, [])) for key in keys], limit)

    def _sees(self, role: str, looked_at: Range) -> Q:
        return Q(pk__in=looked_at.of_rows(self.source.visible(self.journalled.name, role, at=self.at)).values("pk"))

    def _candidate(self, key: UUID, inserted: Sequence[Entry]) -> Candidate:
        seen = self.witness.was_shown_by_a_role(self.journalled, inserted[-1] if inserted else None)
        return Candidate(self.journalled.name, key, self.at, (key,), was_visible=seen)
