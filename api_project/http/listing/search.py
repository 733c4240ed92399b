"""What a resource that can be searched brings for it."""

from collections.abc import Hashable
from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


class Search(Protocol[M]):
    """A text, read."""

    def __init__(self, text: str, *, counted: bool) -> None:
        """Raises ValueError for a text that cannot be searched for; `counted` where all that it finds is counted."""

    @property
    def plan(self) -> Hashable:
        """What texts have in common that are searched for by the same query, with other values of its parameters."""

    @property
    def values(self) -> dict[str, Any]:
        """What the parameters stand for."""

    @property
    def words(self) -> int:
        """How many words are looked for, excluded ones included: what it costs grows with them."""

    def narrow(self, queryset: QuerySet[M]) -> QuerySet[M]:
        """The rows that match, in the order they had, by a condition with parameters."""
