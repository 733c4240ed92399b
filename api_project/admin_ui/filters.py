"""Filters of lists that stay usable with thousands of values: by a person, and by days."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

RECENT_ROWS = 200
FREQUENT_PEOPLE = 5


class WithFields:
    """A filter whose template has fields. `kept` are the parameters of the list's other filters."""

    kept: list[tuple[str, Any]]

    def _keep(self: Any, changelist: Any) -> None:
        own = {*self.expected_parameters(), "p"}
        pairs = ((name, value) for name, values in changelist.filter_params.items() for value in _listed(values))
        self.kept = [(name, value) for name, value in pairs if name not in own]


class PersonFilter(WithFields, admin.SimpleListFilter):
    """By the username of the `author`: oneself, those of the newest rows, or any that is typed."""

    title = _("author")
    parameter_name = "author"
    template = "admin_ui/person_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        newest = model_admin.model._default_manager.order_by("-pk").values("author")[:RECENT_ROWS]
        people: Any = get_user_model()._default_manager
        names = people.open().filter(pk__in=newest.values("author")).exclude(pk=request.user.pk)
        shown = list(names.order_by("username").values_list("username", flat=True)[:FREQUENT_PEOPLE])
        me = request.user.get_username()
        typed = [self.value()] if self.value() else []
        return [(me, _("me")), *((name, name) for name in dict.fromkeys([*typed, *shown]) if name != me)]

    def choices(self, changelist: Any) -> Iterator[Any]:
        self._keep(changelist)
        return super().choices(changelist)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not (name := self.value()):
            return queryset
        people: Any = get_user_model()._default_manager
        person = people.filter(username=str(name).lower()).values_list("pk", flat=True).first()
        return queryset.filter(author=person) if person else queryset.none()


class DayFilter(WithFields, admin.FieldListFilter):
    """By days in the zone of the pages: today, yesterday, the past week, or from one day to another."""

    template = "admin_ui/day_filter.html"

    def __init__(self, field: Any, request: HttpRequest, params: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        path = kwargs["field_path"]
        self.names = [f"{path}_from", f"{path}_to"]
        self.first, self.last = (params.pop(name, [""])[-1] for name in self.names)
        super().__init__(field, request, params, *args, **kwargs)
        typed = zip(self.names, (self.first, self.last), strict=True)
        self.used_parameters = {name: text for name, text in typed if text}
        self.title = field.verbose_name

    def expected_parameters(self) -> list[str | None]:
        return [*self.names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = _day(self.first), _day(self.last)
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": _midnight(first)})
        if last:
            queryset = queryset.filter(**{f"{self.field_path}__lt": _midnight(last + timedelta(days=1))})
        return queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        self._keep(changelist)
        today = timezone.localdate()
        days: list[tuple[Any, list[date]]] = [
            (_("Any date"), []),
            (_("Today"), [today, today]),
            (_("Yesterday"), [today - timedelta(days=1)] * 2),
            (_("Past 7 days"), [today - timedelta(days=6), today]),
        ]
        for label, span in days:
            values = dict(zip(self.names, map(str, span), strict=False))
            yield {
                "selected": self.used_parameters == values,
                "query_string": changelist.get_query_string(values, [] if values else self.names),
                "display": capfirst(label),
            }

    def get_facet_counts(self, pk_attname: str, filtered_qs: Any) -> dict[str, Any]:
        return {}


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise IncorrectLookupParameters from error


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
