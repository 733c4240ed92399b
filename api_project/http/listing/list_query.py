"""Lists: what of a collection is asked for, and pages of it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model
from django.http import QueryDict

from api_project.http.conditional import etags
from api_project.http.listing.cursors import Cursor
from api_project.http.listing.ordered_query import Source
from api_project.http.listing.pagination import Page, keyset_page, numbered_page
from api_project.http.listing.params import Paging, fingerprint
from api_project.http.listing.search import Search
from api_project.http.representation.projection import Members
from api_project.lru_cache import Kept

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Question:
    """What a list is asked for, apart from where to begin."""

    source: Source
    paging: Paging
    ordering: Sequence[str]
    fingerprint: str
    key: Hashable = None  # Under which it is kept.
    values: dict[str, Any] = field(default_factory=dict)  # Of parameters in the source, besides the time.
    weight: int = 1

    def about(self, search: Search[Any], path: str, params: QueryDict) -> "Question":
        """The same question about a text of the same plan."""
        return replace(self, values=search.values, fingerprint=fingerprint(path, params, self.ordering))


@dataclass(frozen=True)
class Part:
    """Which part of a list is asked for, and the members whose values are its state."""

    question: Question
    cursor: Cursor | None
    telling: Members

    def read(self, members: Members, *, at: datetime) -> Page:
        source, paging, values = self.question.source, self.question.paging, self.question.values
        if paging.number:
            return numbered_page(source, members, number=paging.number, size=paging.size, at=at, **values)
        return keyset_page(source, members, cursor=self.cursor, size=paging.size, at=at, **values)

    def state(self, at: datetime) -> str:
        return self.state_of(self.read(self.telling, at=at), self.telling, at=at)

    def state_of(self, page: Page, members: Members, *, at: datetime) -> str:
        """The links follow from the rows, and from whether there are others."""
        others = page.count, page.next is None, page.previous is None
        return etags.state_of([*others, self.telling.values(page.rows, members.columns, at=at)])


# Not for ever, since the best way to some rows depends on how many there are. A question takes some 15 KiB for each of
# its parameters.
_questions: Kept[Question] = Kept(most=1000, seconds=300, weigh=lambda question: question.weight)
_searches: Kept[Search[Any]] = Kept(most=1000, seconds=300)
