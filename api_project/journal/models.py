"""The journal's rows, and the state that tells if a cursor of the change feed is still valid."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _


class CurrentTransaction(models.Func):
    """The number of the current transaction, as a column's default in the database.

    On PostgreSQL it is the transaction id with its epoch, which never wraps around. SQLite has one writer at a time, so
    its rows are numbered in the order of their commits, and need no transaction number: it is 0.
    """

    function = "pg_current_xact_id"
    template = "(%(function)s()::text::bigint)"
    arity = 0
    allowed_default = True
    output_field = models.BigIntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        return "0", []


class Action(models.TextChoices):
    CREATE = "create", _("created")
    CHANGE = "change", _("changed")
    DELETE = "delete", _("deleted")
    RESTORE = "restore", _("restored")
    # Stands for the versions before the journal's first entry about a resource.
    BASELINE = "baseline", _("earlier versions")


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, resource_type: str, resource_id: Any) -> "EntryQuerySet":
        """The entries about one resource."""
        return self.filter(resource_type=resource_type, resource_id=resource_id)

    def in_trash(self, *, at: datetime) -> "EntryQuerySet":
        """The deletions that can be undone. What was deleted together with its parent comes back with the parent."""
        return self.filter(expires_at__gt=at, cause=None)

    def erase(self) -> None:
        """Erase what the resources were, so that nothing can bring them back."""
        self.update(before=None, title="", expires_at=None)


class Entry(models.Model):
    """A change of one resource, inserted in the transaction of the change.

    It has no foreign keys in the database: inserting a row that refers to a user would lock the user's row.
    """

    id = models.BigAutoField(primary_key=True)
    transaction = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)
    resource_type = models.CharField(_("type"), max_length=30)
    resource_id = models.UUIDField(_("id"))
    number = models.PositiveIntegerField(
        _("number"), help_text="Counts the entries about a resource. Creates the version with this number."
    )
    action = models.CharField(_("action"), max_length=10, choices=Action)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("who"),
        help_text="Empty for a command, an anonymous caller, and a closed account.",
    )
    at = models.DateTimeField(_("time"))
    request_id = models.CharField(_("request id"), max_length=128, blank=True)
    changed = models.TextField(
        _("changed fields"), blank=True, help_text="The names of the fields, separated by spaces."
    )
    before = models.BinaryField(null=True, help_text="The resource as it was before, compressed.")
    title = models.CharField(_("title"), max_length=200, blank=True, help_text="Of a resource in the trash.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("owner"),
        help_text="Whose resource it was. Only entries in the trash have it.",
    )
    parent_id = models.UUIDField(null=True, help_text="What a deleted resource belonged to.")
    # Who could see the resource before the change.
    public_from = models.DateTimeField(null=True, help_text="Everyone could see it from this time on.")
    viewer_id = models.UUIDField(null=True, help_text="This user could always see it.")
    moves_children = models.BooleanField(
        default=False, help_text="True if the change may have shown or hidden the resources below it."
    )
    expires_at = models.DateTimeField(
        _("expires at"), null=True, help_text="A deletion can be undone until then. Empty for any other entry."
    )
    cause = models.BigIntegerField(null=True, help_text="The deletion of the parent that this one was a part of.")

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        constraints = (
            models.UniqueConstraint(fields=("resource_type", "resource_id", "number"), name="entry_number_unique"),
        )
        indexes = (
            models.Index(fields=("transaction", "id"), name="entry_order"),
            models.Index(fields=("transaction", "id"), condition=Q(moves_children=True), name="entry_moves_children"),
            models.Index(fields=("actor",), condition=Q(actor__isnull=False), name="entry_actor"),
            models.Index(fields=("owner", "at", "id"), condition=Q(expires_at__isnull=False), name="entry_owner"),
            models.Index(fields=("at", "id"), condition=Q(expires_at__isnull=False), name="entry_trash"),
            models.Index(fields=("cause",), condition=Q(cause__isnull=False), name="entry_cause"),
        )

    def __str__(self) -> str:
        return f"{self.resource_type} {self.resource_id} {self.action}"

    @property
    def position(self) -> tuple[int, int]:
        """In the order of the feed."""
        return self.transaction, self.pk

    @property
    def changed_fields(self) -> list[str]:
        return self.changed.split()


class Deletion(Entry):
    """A deletion that can be undone, for the admin's list of the trash."""

    class Meta:
        proxy = True
        verbose_name = _("item in the trash")
        verbose_name_plural = _("items in the trash")

    def __str__(self) -> str:
        return self.title


class JournalState(models.Model):
    """The one row that tells if a cursor of the change feed is still valid."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    generation = models.UUIDField(default=uuid.uuid4, help_text="Changes whenever a backup is restored.")
    # The last entry that was deleted, in the order of the feed.
    pruned_transaction = models.BigIntegerField(default=0)
    pruned_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="journal_has_one_state"),)

    def __str__(self) -> str:
        return str(self.generation)

    @classmethod
    def current(cls) -> "JournalState":
        return cls.objects.get_or_create(pk=1)[0]

    @classmethod
    def lock(cls) -> None:
        """Wait for the row, and keep it until the transaction ends."""
        list(cls.objects.select_for_update().values_list("pk"))

    @classmethod
    def begin_generation(cls) -> None:
        """Make all cursors invalid: their clients start again. None of the new ones needs what was pruned earlier.

        It writes no other columns, so that it also works on a backup of an earlier version.
        """
        cls.objects.update(generation=uuid.uuid4(), pruned_transaction=0, pruned_id=0)

    def note_pruned(self, last: tuple[int, int]) -> None:
        """Record the position of the last entry that is deleted, if it comes after those that were deleted before."""
        earlier = TupleLessThan(Tuple(F("pruned_transaction"), F("pruned_id")), last)
        type(self).objects.filter(earlier, pk=self.pk).update(pruned_transaction=last[0], pruned_id=last[1])
