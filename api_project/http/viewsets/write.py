"""Writes: once for an Idempotency-Key, under the client's preconditions, and safe in any race."""

from http import HTTPStatus
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.db.models import Model
from django.http import Http404, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from api_project.db import changes
from api_project.db.compiled import BoundParameter, CompiledQuery
from api_project.db.model_queries import CompiledModelQuery
from api_project.db.transactions import retry_transaction
from api_project.http.conditional import etags
from api_project.http.conditional.base import check_base
from api_project.http.idempotency.record import IdempotencyRecord
from api_project.http.idempotency.write import IdempotentWrite, WriteAttempt
from api_project.http.notes import RequestNotes
from api_project.http.problems.exceptions import ValidationProblem, flatten_errors
from api_project.http.representation import responses
from api_project.http.request.form_parser import FormData
from api_project.http.request.path_keys import LookupKey
from api_project.http.viewsets.parents import Parent
from api_project.http.viewsets.resource import ResourceView
from api_project.lru_cache import LRUCache

M = TypeVar("M", bound=Model)
Data = dict[str, Any]

EMPTY_BODY = _("The body is empty. Send a JSON object.")

_locks: LRUCache[CompiledModelQuery[Any]] = LRUCache(maxsize=500)
_parent_locks: LRUCache[CompiledQuery] = LRUCache(maxsize=500)


class WriteMixin(ResourceView[M]):
    """The base of every write."""

    @cached_property
    def idempotency(self) -> IdempotentWrite:
        return IdempotentWrite(self.request, self.errors)

    @property
    def replayed(self) -> IdempotencyRecord | None:
        """The record of this very request, if it was made before."""
        return None if self.request.method in SAFE_METHODS else self.idempotency.replayed

    def is_gone(self, key: str) -> bool:
        """True if the resource of a replayed response, with this primary key, was deleted since."""
        return not self.model._default_manager.filter(pk=key).exists()

    @property
    def base(self) -> Data | None:
        """The values of fields that the client of a batch last saw, if it named any."""
        operation = RequestNotes.get_notes(self.request).operation
        return operation.base if operation else None

    def write_serializer(self, *args: Any, **kwargs: Any) -> BaseSerializer[Any]:
        """The serializer of the request's body."""
        serializer_class = self.input_serializer_classes.get(str(self.action), self.get_serializer_class())
        return serializer_class(*args, context=self.get_serializer_context(), **kwargs)

    def validate(self, instance: M | None = None, *, partial: bool = False) -> Data:
        """The validated body. Raises ValidationProblem with all errors of the request, those of its query included."""
        serializer = self.write_serializer(instance, data=self.request.data, partial=partial)
        errors = [*self.errors.found, *([] if serializer.is_valid() else flatten_errors(serializer.errors))]
        ValidationProblem.raise_if_any(errors, EMPTY_BODY if self._lacks_json() else None)
        return dict(serializer.validated_data)

    def representation(self, instance: M) -> tuple[Data, str]:
        """The representation of what was written, and its entity tag."""
        return self.with_etag(self.fetch({}, LookupKey("pk", instance.pk)).data)

    def with_etag(self, data: Data) -> tuple[Data, str]:
        return data, etags.etag(self.etag_state(data))

    def _lacks_json(self) -> bool:
        """True if the body is empty, and is not a form, which may have no fields."""
        return not self.request._request.body and not isinstance(self.request.data, QueryDict | FormData)


class CreateMixin(WriteMixin[M]):
    """POST to a list."""

    @retry_transaction
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = self._validate_early()
        with self.idempotency.begin() as attempt:  # 401, 409
            if attempt.replay:
                return attempt.replay
            self.lock_parent()  # 404
            data = self.validate() if data is None else data  # 400
            instance = self.perform_create(data)
            return attempt.store(self.created_response(instance, data), instance)  # 422

    def perform_create(self, data: Data) -> M:
        parent = {self.parent.lookup: self.parent_object} if self.parent else {}
        instance = self.model(**parent, **data)
        changes.create(instance, at=self.at)
        return instance

    def created_response(self, instance: M, data: Data) -> Response:
        """201 with the representation, the path of the resource, and its entity tag."""
        representation, etag = self._representation_of_new(instance, data)
        location = self.request.build_absolute_uri(self.get_location(instance))
        return responses.Response(
            representation, status=HTTPStatus.CREATED, headers={"Location": location, "ETag": etag}
        )

    def lock_parent(self) -> None:
        """Prevent the parent's deletion until the transaction ends. Raises Http404 if it is gone or hidden by now."""
        if parent := self.parent:
            lock = _parent_locks.get_or_create(self.scope_key, lambda: self._parent_lock(parent))
            if not lock.rows(**self.scope_values, at=self.at):
                raise Http404

    def _parent_lock(self, parent: Parent) -> CompiledQuery:
        visible = self.compose("parent.visible", parent.visible)
        return CompiledQuery(visible.filter(pk=parent.key).values_list("pk"), lock="KEY SHARE")

    def _representation_of_new(self, instance: M, data: Data) -> tuple[Data, str]:
        """Without a query, if the instance has every column, and the validated data every list, that is shown."""
        projection = self.projection({})
        row = projection.row_from_instance(instance, data)
        if row is None:
            return self.representation(instance)
        (representation,) = projection.serialize([row], at=self.at)
        return self.with_etag(representation)

    def _validate_early(self) -> Data | None:
        """Validate before the transaction begins, since on SQLite it holds up all other writers.

        None if the body has to be validated inside: the key's first request may have written what is in its way.
        """
        try:
            return None if self.replayed else self.validate()
        except ValidationProblem:
            if not self.idempotency.key:
                raise
        return None


class ObjectWriteMixin(WriteMixin[M]):
    """Writes to one resource: under the lock of its row, under which alone a precondition stays true."""

    def lookup_key(self) -> LookupKey:
        """For a retry, the resource of the first try, which may have changed what the path names it by."""
        record = self.replayed
        return LookupKey("pk", record.resource) if record else super().lookup_key()

    def load_object(self, request: Request) -> None:
        """A retry cannot find what its first try has deleted."""
        record = self.replayed
        if record and record.status == HTTPStatus.NO_CONTENT:
            return
        try:
            super().load_object(request)
        except Http404:
            # The first try may have ended, and deleted or renamed the resource, since its record was fetched.
            if request.method in SAFE_METHODS or not self.idempotency.find_again():
                raise
            self.load_object(request)

    def check_field_permissions(self, instance: M) -> None:
        """Raises PermissionDenied for a change that only some callers may make, by its content."""

    def changed_account(self) -> object:
        """The primary key of the account that the request changes; None if it changes none."""
        return self.current.instance.pk if self.model is get_user_model() and not self.replayed else None

    def get_object_for_update(self) -> M:
        """The whole resource, with a lock on its row until the transaction ends. Raises Http404 if it has gone.

        It is whole, since saving an instance that was read in part saves that part only.
        """
        lock: CompiledModelQuery[M] = _locks.get_or_create(self.scope_key, self._lock)
        instance = lock.first(key=self.current.instance.pk, at=self.at, **self.scope_values)
        if instance is None:
            raise Http404
        return instance

    def check_preconditions(self, instance: M) -> None:
        """Raises PreconditionRequired (428) and PreconditionFailed (412). The row has to be locked."""
        key = LookupKey("pk", instance.pk)
        self.preconditions.check_write(lambda: self.etag_state(self.fetch(self.etag_field_tree, key).data))

    def check_base(self, instance: M) -> None:
        """Raises Conflict if a field is not what the client of a batch last saw. The row has to be locked."""
        if self.base is not None:
            current, etag = self.representation(instance)
            check_base(self.base, current, self.read_serializer(), etag=etag)

    def _lock(self) -> CompiledModelQuery[M]:
        rows = self.scoped_queryset()
        key: Any = BoundParameter("key", rows.model._meta.pk)
        return CompiledModelQuery(rows.filter(pk=key).select_for_update(of=("self",)))


class ChangeMixin(ObjectWriteMixin[M]):
    @retry_transaction
    def _change(self, *, partial: bool) -> Response:
        with self.idempotency.begin(account=self.changed_account()) as attempt:  # 401, 409
            return attempt.replay or self._change_in(attempt, partial=partial)

    def _change_in(self, attempt: WriteAttempt, *, partial: bool) -> Response:
        """Change the resource in the transaction of the attempt."""
        instance = self.get_object_for_update()  # 404
        self.check_field_permissions(instance)  # 403
        self.check_preconditions(instance)  # 428, 412
        data = self.validate(instance, partial=partial)  # 400
        self.check_base(instance)  # 409
        changed = self.perform_update(instance, data)
        representation, etag = self.representation(changed)
        return attempt.store(responses.Response(representation, headers={"ETag": etag}), changed)  # 422

    def perform_update(self, instance: M, data: Data) -> M:
        """Save the fields that differ. If none does, nothing is written, and `updated_at` stays."""
        changes.change(instance, data, at=self.at)
        return instance


class PartialUpdateMixin(ChangeMixin[M]):
    """PATCH: changes the fields that the body names (RFC 5789, with RFC 7396's meaning)."""

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._change(partial=True)


class UpdateMixin(ChangeMixin[M]):
    """PUT: replaces the resource."""

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._change(partial=False)


class DestroyMixin(ObjectWriteMixin[M]):
    """DELETE."""

    methods_without_content = frozenset({"DELETE"})

    @retry_transaction
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with self.idempotency.begin(account=self.changed_account()) as attempt:  # 401, 409
            if attempt.replay:
                return attempt.replay
            instance = self.get_object_for_update()  # 404
            self.check_preconditions(instance)  # 428, 412
            self.errors.raise_if_any()  # 400
            self.check_base(instance)  # 409
            key = instance.pk  # A deleted instance has none.
            self.perform_destroy(instance)
            return attempt.store(responses.Response(status=HTTPStatus.NO_CONTENT), instance, key=key)  # 422

    def perform_destroy(self, instance: M) -> None:
        changes.delete(instance, at=self.at)
