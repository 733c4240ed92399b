"""The trash over HTTP: deleted resources that can be restored."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.db.transactions import retry_transaction
from api_project.http.listing.filters import ResourceFilter
from api_project.http.problems.exceptions import ParentDeleted
from api_project.http.representation import responses
from api_project.http.representation.lookup import LookupResult
from api_project.http.request.path_keys import LookupKey
from api_project.http.viewsets.list import ListMixin
from api_project.http.viewsets.retrieve import RetrieveMixin
from api_project.http.viewsets.scope import Scope
from api_project.http.viewsets.write import DestroyMixin
from api_project.journal import trash
from api_project.journal.models import Action, Entry
from api_project.journal.registry import all_journalled
from api_project.journal.serializers import DeletionSerializer, RestorationSerializer
from api_project.journal.views.source import ViewSource, required_scopes_of


class TrashFilter(ResourceFilter):
    type = ChoiceFilter(
        field_name="resource_type",
        choices=lambda: [(each.name, each.name) for each in all_journalled() if each.owner],
        help_text=_("Only resources of this type."),
    )


class TrashViewSet(ListMixin[Entry], RetrieveMixin[Entry], DestroyMixin[Entry]):
    """The deleted resources that the caller may restore. DELETE deletes one for ever."""

    queryset = Entry.objects.all()
    serializer_class = DeletionSerializer
    filterset_class = TrashFilter
    permission_classes = [IsAuthenticated]
    input_serializer_classes = {"restore": RestorationSerializer}
    ordering_fields = {"deleted_at": "at"}
    ordering = ("-deleted_at",)

    def get_queryset(self, scope: Scope) -> QuerySet[Entry]:
        return trash.trash_of(scope.user, at=scope.now)

    def required_scopes(self, method: str | None) -> frozenset[str] | None:
        """Those of all types that may be in the trash."""
        return required_scopes_of((each.name for each in all_journalled() if each.owner), method)

    def lookup_key(self) -> LookupKey:
        """A path names a deletion by the id of the resource."""
        return LookupKey("resource_id", LookupKey.read(self.kwargs["id"], None).value)

    def load_object(self, request: Request) -> None:
        """For a retry of a restoration, the caller has to see what it brought back, and may still restore it."""
        record = self.replayed
        if self.action != "restore" or record is None:
            super().load_object(request)
            return
        deletions = Entry.objects.filter(trash.restorable_by(request.user), action=Action.DELETE)
        entry = deletions.filter(resource_id=record.resource).first()
        if entry is None:
            raise Http404
        self._restored(entry)

    def is_gone(self, key: str) -> bool:
        models = (each.model for each in all_journalled() if each.owner)
        return not any(model._default_manager.filter(pk=key).exists() for model in models)

    def changed_account(self) -> object:
        """The owner's account. A restored resource refers to it, so it must not close in the meantime."""
        return None if self.replayed else self.current.instance.owner_id

    def perform_destroy(self, instance: Entry) -> None:
        trash.purge([instance])

    @action(detail=True, methods=["post"], url_path="restore")
    def restore(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._restore()

    @retry_transaction
    def _restore(self) -> Response:
        with self.idempotency.begin(account=self.changed_account()) as attempt:  # 401, 409
            if attempt.replay:
                return attempt.replay
            entry = self.get_object_for_update()  # 404
            self.check_preconditions(entry)  # 428, 412
            self.validate()  # 400
            try:
                trash.restore(entry, at=self.at)
                restored = self._restored(entry)
            except (trash.ParentGone, Http404):
                raise ParentDeleted from None  # 409
            view = ViewSource(self.request).view(entry.resource_type)
            data, etag = view.with_etag(restored.data)  # type: ignore[attr-defined]
            return attempt.store(responses.Response(data, headers={"ETag": etag}), restored.instance)  # 422

    def _restored(self, entry: Entry) -> LookupResult[Any]:
        """Raises Http404 if the caller does not see it, since they do not see its parent."""
        view = ViewSource(self.request).view(entry.resource_type)
        return view.fetch({}, LookupKey("pk", entry.resource_id))
