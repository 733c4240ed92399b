"""Erases from the journal: persons whose account closes, and entries that are too old."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from api_project.journal.models import Action, Entry, JournalState
from api_project.journal.trash import purge

ENTRIES_AT_ONCE = 1000


def erase_person(*, user: Any, at: datetime) -> None:
    """Erase the user from the journal: their profile, their trash, and that changes were theirs.

    Earlier versions of published posts stay, as the posts do.
    """
    Entry.objects.about("users", user.pk).erase()
    purge(Entry.objects.filter(owner=user.pk, expires_at__isnull=False))
    Entry.objects.filter(actor=user.pk).update(actor=None, request_id="")


def prune(*, at: datetime) -> int:
    """Empty the trash of what has expired, and delete entries that are older than JOURNAL_DAYS. Gives their number."""
    purge(Entry.objects.filter(expires_at__lte=at))
    if not settings.JOURNAL_DAYS:
        return 0
    count = 0
    while deleted := _prune_some(at - timedelta(days=settings.JOURNAL_DAYS)):
        count += deleted
    return count


@transaction.atomic
def _prune_some(before: datetime) -> int:
    """Delete entries from before that time, except those in the trash, and those that a newer entry refers to.

    The last entry stays: it is the horizon of the clients that are up to date.
    """
    newer = Entry.objects.filter(
        resource_type=OuterRef("resource_type"), resource_id=OuterRef("resource_id"), at__gte=before
    )
    last = Entry.objects.order_by("-transaction", "-id").values("pk")[:1]
    old = Entry.objects.filter(at__lt=before, expires_at=None).exclude(pk=Subquery(last))
    old = old.exclude(Exists(newer), action=Action.BASELINE)
    found = list(old.order_by("transaction", "id").values_list("transaction", "id")[:ENTRIES_AT_ONCE])
    if found:
        JournalState.current().note_pruned(found[-1])
        Entry.objects.filter(pk__in=[key for _transaction, key in found]).delete()
    return len(found)
