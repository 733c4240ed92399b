"""PUT that creates: a client, such as an app that is offline, gives a new resource its id."""

from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.db.ids import claim_id
from api_project.db.transactions import retry_transaction
from api_project.http.problems.exceptions import Conflict, IdTaken
from api_project.http.request.path_keys import new_id_in
from api_project.http.viewsets.write import CreateMixin, ObjectWriteMixin, UpdateMixin

M = TypeVar("M", bound=Model)


class CreateOnPutMixin(CreateMixin[M], UpdateMixin[M]):
    """PUT to a free UUIDv7 creates the resource under this id, as POST would (RFC 9110 §9.3.4).

    The data of `perform_create` then has the id as `pk`. If the resource has a parent, the router adds a path below the
    parent's. With If-Match, which names a state of an existing resource, PUT never creates.
    """

    # The id of the resource to create; None if the resource exists.
    new_id: UUID | None = None

    def load_object(self, request: Request) -> None:
        try:
            super().load_object(request)
        except Http404:
            self.new_id = self._read_new_id()
            if self.new_id is None:
                raise
            self.action = "create"
            self.check_permissions(request)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if self.new_id is None:
            return super().update(request, *args, **kwargs)
        return self._create_or_replace(self.new_id)

    @retry_transaction
    def _create_or_replace(self, key: UUID) -> Response:
        with self.idempotency.begin() as attempt:  # 401, 409
            if attempt.replay:
                return attempt.replay
            self.lock_parent()  # 404
            is_free = claim_id(self.model, key)
            if not is_free and self._was_created():  # 403
                return self._change_in(attempt, partial=False)
            data = self.validate()  # 400
            self._refuse_id(is_free=is_free)  # 409
            instance = self.perform_create({**data, "pk": key})
            return attempt.store(self.created_response(instance, data), instance)  # 422

    def _refuse_id(self, *, is_free: bool) -> None:
        """Raises IdTaken, and Conflict if the client of a batch has seen a resource that is gone."""
        if not is_free:
            raise IdTaken
        if self.base is not None:
            raise Conflict(None)

    def _read_new_id(self) -> UUID | None:
        """The id in the path, if the request may create a resource under it."""
        is_complete = self.parent is None or self.is_below_parent
        if self.request.method != "PUT" or not is_complete or self.preconditions.match is not None:
            return None
        # An earlier request with this Idempotency-Key may have changed the resource, which has gone since.
        if self.replayed and self.replayed.status != HTTPStatus.CREATED:
            return None
        return new_id_in(self.kwargs[self.lookup_url_kwarg])

    def _was_created(self) -> bool:
        """True if another request has created the resource in the meantime, and the caller may see it.

        Raises PermissionDenied if they may not change it.
        """
        self.action = "update"
        try:
            super(ObjectWriteMixin, self).load_object(self.request)  # Without a look for a record of this request.
        except Http404:
            self.action = "create"
            return False
        return True
