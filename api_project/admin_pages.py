"""Pages of long lists in the admin."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MAX_COUNT = 10_000


class BoundedPaginator(Paginator[Any]):
    """Counts no more than MAX_COUNT rows, and has pages for no more, so that its cost does not grow with the table."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MAX_COUNT].count())
