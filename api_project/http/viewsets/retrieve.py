"""GET of one resource."""

from typing import Any, TypeVar

from django.db.models import Model
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.caching.validator import Validator
from api_project.http.representation import field_selection
from api_project.http.representation.field_selection import FieldTree
from api_project.http.viewsets.conditional_get import ConditionalGetMixin, Representation
from api_project.http.viewsets.resource import ResourceView

M = TypeVar("M", bound=Model)


class RetrieveMixin(ConditionalGetMixin[M]):
    """GET of one resource."""

    def initial_fields(self) -> FieldTree:
        is_read = self.action == "retrieve" and not self.is_validating and not self.preconditions
        return self.response_and_etag_fields if is_read else super().initial_fields()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.errors.raise_if_any()

        def state() -> str:
            return self.etag_state(self.current.data)

        def read() -> Representation:
            data = (self.fetch(self.response_and_etag_fields) if self.preconditions else self.current).data
            return Representation(field_selection.prune(data, self.requested_fields), self.etag_state(data))

        return self.conditional_read(state, read, self._validator)

    def _validator(self) -> Validator | None:
        return self.validator(_current_state) if type(self).retrieve is RetrieveMixin.retrieve else None

    @property
    def response_and_etag_fields(self) -> FieldTree:
        """The fields of the response and those of its entity tag."""
        return field_selection.merge(self.requested_fields, self.etag_field_tree)


def _current_state(view: ResourceView[Any]) -> str:
    return view.etag_state(view.current.data)
