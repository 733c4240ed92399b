"""Records what happens to many resources at once, in one statement, however many there are."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import BinaryField, F, Func, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from api_project.db.compiled import BoundParameter
from api_project.db.writes import InsertSelect, WriteBatch
from api_project.journal.models import Action, Entry, EntryQuerySet
from api_project.journal.origin import current_origin
from api_project.journal.registry import Journalled, named


class JSONBytes(Func):
    """The UTF-8 of a JSON object: a snapshot without compression (`snapshots`)."""

    output_field = BinaryField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="convert_to((%(expressions)s)::text, 'UTF8')", **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS BLOB)", **extra)


def record_deletion_of_children(child: Journalled, cause: Entry, parent: Model, *, restorable: bool) -> None:
    """Insert an entry for each child. They have their parent's audience, and come back with it."""
    same = {name: getattr(cause, name) for name in _OF_CAUSE}
    batch = WriteBatch()
    batch.add_statement(_deletions_of(child.name, restorable=restorable), parent_id=parent.pk, cause=cause.pk, **same)
    batch.execute()
    if not restorable:
        rows = child.model._default_manager.filter(**{child.parent: parent})
        Entry.objects.filter(resource_type=child.name, resource_id__in=rows.values("pk")).erase()


# What the entries about children have in common with that about their parent.
_OF_CAUSE = ("at", "request_id", "actor_id", "public_from", "viewer_id", "expires_at")


@cache
def _deletions_of(name: str, *, restorable: bool) -> InsertSelect:
    child = named(name)
    given = {name: _parameter(name) for name in ("parent_id", "cause", *_OF_CAUSE)}
    same = {"resource_type": child.name, "action": Action.DELETE, "changed": "", "title": "", "moves_children": False}
    columns: dict[str, Any] = given | {name: _value(name, value) for name, value in same.items()}
    columns |= {"resource_id": F("pk"), "number": Coalesce(_last_number(child), 1) + 1}
    if restorable:
        owner: Any = child.model._meta.get_field(child.owner)
        columns |= {"owner_id": F(owner.attname), "before": JSONBytes(JSONObject(**child.columns))}
    rows = child.model._default_manager.filter(**{child.parent: given["parent_id"]}).order_by("pk")
    return InsertSelect(Entry, list(columns), rows.values_list(*columns.values()), skips_existing=False)


def record_restoration(deletions: EntryQuerySet, *, at: datetime, changed: Iterable[str] = ()) -> None:
    """Record that what these entries deleted was inserted again, except for the changed fields.

    It cannot be restored any more.
    """
    origin = current_origin()
    same = {"actor_id": origin.actor_id, "request_id": origin.request_id, "at": at, "action": Action.RESTORE}
    same |= {"changed": " ".join(changed), "title": "", "moves_children": False}
    columns: dict[str, Any] = {name: _value(name, value) for name, value in same.items()}
    columns |= {name: F(name) for name in ("resource_type", "resource_id")} | {"number": F("number") + 1}
    _insert(columns, deletions.order_by("pk"))
    deletions.update(expires_at=None, title="")


def _value(column: str, value: Any) -> Value:
    field: Any = Entry._meta.get_field(column)
    return Value(value, output_field=field.target_field if field.is_relation else field)


def _parameter(column: str) -> BoundParameter:
    field: Any = Entry._meta.get_field(column)
    return BoundParameter(column, field.target_field if field.is_relation else field)


def _last_number(child: Journalled) -> Subquery:
    entries = Entry.objects.filter(resource_type=child.name, resource_id=OuterRef("pk")).order_by("-number")
    return Subquery(entries.values("number")[:1])


def _insert(columns: dict[str, Any], rows: QuerySet[Any]) -> None:
    quote = connection.ops.quote_name
    sql, values = rows.values_list(*columns.values()).query.sql_with_params()
    into = f"INSERT INTO {quote(Entry._meta.db_table)} ({', '.join(map(quote, columns))})"
    with connection.cursor() as cursor:
        cursor.execute(f"{into} {sql}", values)
