"""The interface of a resource's full-text search."""

from collections.abc import Hashable
from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


class Search(Protocol[M]):
    """A parsed search text."""

    def __init__(self, text: str, *, counted: bool) -> None:
        """`counted` is true if the list also counts its rows. Raises ValueError, with a message, for a bad text."""

    @property
    def plan(self) -> Hashable:
        """A key that is equal for texts that differ only in `values`. They share one compiled query."""

    @property
    def values(self) -> dict[str, Any]:
        """The values of the query's parameters."""

    @property
    def words(self) -> int:
        """The number of words, excluded ones included. The cost of the search grows with it."""

    def narrow(self, queryset: QuerySet[M]) -> QuerySet[M]:
        """The matching rows, in the queryset's order, by a condition with parameters."""
