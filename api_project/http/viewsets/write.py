"""Writes: once per Idempotency-Key, under the conditions that the client set, and safe in any race."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from django.db import IntegrityError
from django.db.models import Model
from django.http import Http404, QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from api_project.db.compiled import BoundParameter
from api_project.db.errors import is_unique_violation
from api_project.db.model_queries import CompiledModelQuery
from api_project.http.conditional import etags
from api_project.http.idempotency.write import WriteResult
from api_project.http.problems.exceptions import ServiceUnavailable, ValidationProblem, flatten_errors
from api_project.http.request.parsers import FormData
from api_project.http.request.path_keys import LookupKey
from api_project.http.viewsets.resource import ResourceView
from api_project.lru_cache import LRUCache

M = TypeVar("M", bound=Model)
Data = dict[str, Any]

UNIQUE_TRIES = 5

_locks: LRUCache[CompiledModelQuery[Any]] = LRUCache(maxsize=500)


class WriteMixin(ResourceView[M]):
    """What every write shares."""

    def write_serializer(self, *args: Any, **kwargs: Any) -> BaseSerializer[Any]:
        serializer_class = self.input_serializer_classes.get(self.action, self.get_serializer_class())
        return serializer_class(*args, context=self.get_serializer_context(), **kwargs)

    def validated(self, instance: M | None = None, *, partial: bool = False) -> Data:
        """The body as it is meant. Raises Invalid with all faults of the request, those of its parameters included."""
        serializer = self.write_serializer(instance, data=self.request.data, partial=partial)
        errors = [*self.errors.found, *([] if serializer.is_valid() else flatten_errors(serializer.errors))]
        ValidationProblem.raise_if_any(
            errors, _("The body is empty. Send a JSON object.") if self._lacks_json() else None
        )
        return dict(serializer.validated_data)

    def _lacks_json(self) -> bool:
        """Whether the body is empty and not a form, which may have no fields."""
        return not self.request._request.body and not isinstance(self.request.data, QueryDict | FormData)

    def write(self, write: Callable[[], WriteResult]) -> Response:
        """The answer to what is written, once. Where another writer took a unique value meanwhile, the next try tells.

        A try is a whole transaction: a savepoint to go back to would cost every write two statements.
        """
        for _try in range(UNIQUE_TRIES):
            try:
                return self.idempotency.execute(write)
            except IntegrityError as error:
                if not is_unique_violation(error):  # No other try would do better.
                    raise
        raise ServiceUnavailable

    def shown(self, instance: M) -> tuple[Data, str]:
        """The representation of what was written, and its tag."""
        return self.tagged(self.fetch({}, LookupKey("pk", instance.pk)).data)

    def tagged(self, data: Data) -> tuple[Data, str]:
        """What is shown of a resource as a whole, and its tag."""
        return data, etags.etag(self.etag_state(data))


class CreateMixin(WriteMixin[M]):
    """POST to the collection."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        validated = self._validated_beforehand()

        def write() -> WriteResult:
            nonlocal validated
            data, validated = validated or self.validated(), None
            instance = self.perform_create(data)
            return WriteResult(self.created_response(instance, data), instance, instance.pk)

        return self.write(write)

    def perform_create(self, data: Data) -> M:
        created: M = self.get_queryset().model._default_manager.create(**data)
        return created

    def created_response(self, instance: M, data: Data) -> Response:
        """201 with the representation, where the resource is, and its tag as it is there."""
        shown, tag = self._shown_of_new(instance, data)
        location = self.request.build_absolute_uri(f"{self.request.path}/{instance.pk}")
        return Response(shown, status=HTTPStatus.CREATED, headers={"Location": location, "ETag": tag})

    def _shown_of_new(self, instance: M, data: Data) -> tuple[Data, str]:
        """Not read, where the instance holds all that was written, and the validated data what it is related to."""
        projection = self.projection({})
        row = projection.row_from_instance(instance, data)
        if row is None:
            return self.shown(instance)
        (shown,) = projection.serialize([row], at=self.at)
        return self.tagged(shown)

    def _validated_beforehand(self) -> Data | None:
        """Before there is a transaction, which on SQLite holds up all other writers.

        None where that has to be repeated inside: what a key's first try has just written would be in the way.
        """
        try:
            return None if self.idempotency.replay else self.validated()
        except ValidationProblem:
            if self.idempotency.key is None:
                raise
        return None


class ObjectWriteMixin(WriteMixin[M]):
    """Writing to one: under its row's lock, where alone a condition on its state stays true."""

    def key(self) -> LookupKey:
        """For a retry, what its first try was done to: the path may have changed with it."""
        replay = self.idempotency.replay
        return LookupKey("pk", replay.resource) if replay else super().key()

    def load_object(self) -> None:
        """What its first try deleted, a retry cannot find."""
        replay = self.idempotency.replay
        if not (replay and replay.status == HTTPStatus.NO_CONTENT):
            super().load_object()

    def check_field_permissions(self, instance: M) -> None:
        """Raises PermissionDenied for a change whose content the caller has no right to."""

    def perform_update(self, instance: M, data: Data) -> M:
        for name, value in data.items():
            setattr(instance, name, value)
        instance.save(force_update=True)
        return instance

    def locked(self) -> M:
        """The resource again, locked and whole, if it is as the client expects. Raises Http404 when it went meanwhile.

        Saving one that was read in part would save that part only, and not what is derived from it.
        """
        key = LookupKey("pk", self.current.instance.pk)
        instance: M | None = _locks.get_or_create(self.standpoint, self._lock).first(key=key.value, at=self.at)
        if instance is None:
            raise Http404
        self.check_field_permissions(instance)
        self.preconditions.check_write(lambda: self.etag_state(self.fetch(self.etag_field_tree, key).data))
        return instance

    def _lock(self) -> CompiledModelQuery[M]:
        rows = self.symbolic().compiled_queryset()
        key: Any = BoundParameter("key", rows.model._meta.pk)
        return CompiledModelQuery(rows.filter(pk=key).select_for_update(of=("self",)))

    def change(self, *, partial: bool) -> Response:
        def write() -> WriteResult:
            instance = self.locked()
            changed = self.perform_update(instance, self.validated(instance, partial=partial))
            data, tag = self.shown(changed)
            return WriteResult(Response(data, headers={"ETag": tag}), changed, changed.pk)

        return self.write(write)


class PartialUpdateMixin(ObjectWriteMixin[M]):
    """PATCH: changes what it names (RFC 5789, with RFC 7396's meaning)."""

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.change(partial=True)


class UpdateMixin(ObjectWriteMixin[M]):
    """PUT: replaces."""

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.change(partial=False)


class DestroyMixin(ObjectWriteMixin[M]):
    """DELETE."""

    methods_without_content = frozenset({"DELETE"})

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.idempotency.execute(self._destroy)

    def perform_destroy(self, instance: M) -> None:
        instance.delete()

    def _destroy(self) -> WriteResult:
        instance = self.locked()
        self.errors.raise_if_any()
        key = instance.pk
        self.perform_destroy(instance)
        return WriteResult(Response(status=HTTPStatus.NO_CONTENT), instance, key)
