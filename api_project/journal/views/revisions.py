"""The earlier versions of a resource over HTTP, and the action that restores one."""

import re
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from api_project.http.representation import field_selection
from api_project.http.representation.timestamps import to_json_value
from api_project.http.request.path_keys import LookupKey
from api_project.http.viewsets.conditional_get import Representation
from api_project.http.viewsets.list import ListMixin
from api_project.http.viewsets.retrieve import RetrieveMixin
from api_project.http.viewsets.scope import Scope
from api_project.http.viewsets.write import ChangeMixin, Data
from api_project.journal.models import Entry
from api_project.journal.registry import Journalled, find
from api_project.journal.serializers import RestorationSerializer, RevisionSerializer
from api_project.journal.versions import previous_of, version_of, versions

M = TypeVar("M", bound=Model)

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def _number_in(text: str) -> int:
    """Raises Http404 for a text that is no number of a version."""
    if not _NUMBER.fullmatch(text):
        raise Http404
    return int(text)


def _journalled(model: type[Model]) -> Journalled:
    journalled = find(model)
    if journalled is None:
        raise LookupError(f"The journal does not record {model.__name__}.")
    return journalled


def _shown(journalled: Journalled, version: Data) -> Data:
    """The fields of a version as the API shows them."""
    values = journalled.parse(version)
    named = ((name, values[name]) for name in journalled.version_fields if name in values)
    return {name: to_json_value(value) if isinstance(value, datetime) else value for name, value in named}


class RevisionViewSet(ListMixin[Entry], RetrieveMixin[Entry]):
    """The versions of a resource, its `parent`, the newest first.

    `detail_serializer_class` describes a single one: it has `data`, the version, and `previous`.
    """

    queryset = Entry.objects.all()
    serializer_class = RevisionSerializer
    detail_serializer_class: ClassVar[type[BaseSerializer[Any]]]
    ordering_fields = {"number": "number"}
    ordering = ("-number",)
    lookup_url_kwarg = "number"
    is_nested = True

    def get_queryset(self, scope: Scope) -> QuerySet[Entry]:
        return versions(self._journalled)

    def lookup_key(self) -> LookupKey:
        return LookupKey("number", _number_in(self.kwargs["number"]))

    def read_serializer(self) -> BaseSerializer[Any]:
        is_single = self.action == "retrieve"
        return self.detail_serializer_class() if is_single else super().read_serializer()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.errors.raise_if_any()

        def state() -> str:
            return self.etag_state(self.current.data)

        def read() -> Representation:
            data = {**self.current.data, **self._version()}
            return Representation(field_selection.prune(data, self.requested_fields), state())

        return self.conditional_read(state, read, lambda: None)

    @property
    def response_and_etag_fields(self) -> field_selection.FieldTree:
        """The version itself is no column."""
        return {}

    def _version(self) -> Data:
        journalled, number = self._journalled, self.current.data["number"]
        instance = journalled.model._default_manager.get(pk=self.parent_object.pk)
        version = version_of(journalled, instance, number)
        if version is None:
            raise Http404
        entry = Entry.objects.about(journalled.name, instance.pk).get(number=number)
        previous = previous_of(journalled, entry, instance)
        return {"data": _shown(journalled, version), "previous": _shown(journalled, previous)}

    @property
    def _journalled(self) -> Journalled:
        parent: Any = self.parent
        return _journalled(parent.model)


class RestoreRevisionMixin(ChangeMixin[M]):
    """POST to `revisions/{number}/restore`: gives these fields of the resource the values of an earlier version."""

    restored_fields: ClassVar[tuple[str, ...]] = ()
    input_serializer_classes = {"restore": RestorationSerializer}

    @action(detail=True, methods=["post"], url_path="revisions/(?P<number>[^/]+)/restore")
    def restore(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._change(partial=True)

    def load_object(self, request: Request) -> None:
        super().load_object(request)
        if self.action == "restore" and not self.replayed:
            self._entry()

    def validate(self, instance: M | None = None, *, partial: bool = False) -> Data:
        data = super().validate(instance, partial=partial)
        if self.action != "restore" or instance is None:
            return data
        version = version_of(_journalled(self.model), instance, self._entry().number)
        if version is None:
            raise Http404
        return {name: version[name] for name in self.restored_fields}

    def _entry(self) -> Entry:
        """Raises Http404 if there is no such version."""
        number, key = _number_in(self.kwargs["number"]), self.current.instance.pk
        entries = versions(_journalled(self.model)).filter(resource_id=key, number=number)
        if entry := entries.first():
            return entry
        raise Http404
