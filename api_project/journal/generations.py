"""Ends the cursors of the change feed when a backup was restored: the database lacks what clients may have read."""

from django.db import transaction

from api_project.journal.models import Entry, JournalState
from api_project.journal.state import read_state

ROWS_AT_ONCE = 5000


@transaction.atomic
def begin_generation() -> None:
    """Make all cursors invalid, so that their clients start again."""
    adopt_restored_entries()
    JournalState.begin_generation()


@transaction.atomic
def adopt_restored_entries() -> None:
    """Make the entries that came with a backup from another cluster this one's. All cursors become invalid.

    The cluster has not reached their numbers yet. It will give these to its own entries, which then come in between. So
    they get a number that it has passed, and keep their order by id. Nothing happens if there are none.
    """
    JournalState.lock()
    state = read_state()
    if not state.is_restored:
        return
    too_high = Entry.objects.filter(transaction__gte=state.next_transaction)
    while keys := list(too_high.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
        Entry.objects.filter(pk__in=keys).update(transaction=0)
    JournalState.begin_generation()
