"""GET of one resource."""

from typing import Any, TypeVar

from django.db.models import Model
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.http.caching.validator import Validator
from api_project.http.representation import field_selection as selection
from api_project.http.representation.field_selection import Tree
from api_project.http.viewsets.conditional_get import ConditionalGetMixin, Representation
from api_project.http.viewsets.resource import ResourceView

M = TypeVar("M", bound=Model)


class Retrieved(ConditionalGetMixin[M]):
    """GET of one."""

    def first_look(self) -> Tree:
        is_read = self.action == "retrieve" and not self.is_validating and not self.preconditions
        return self._whole if is_read else super().first_look()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.faults.raise_any()

        def state() -> str:
            return self.state_shown(self.seen.data)

        def read() -> Representation:
            data = (self.look(self._whole) if self.preconditions else self.seen).data
            return Representation(selection.pick(data, self.wanted), self.state_shown(data))

        return self.conditional_read(state, read, self._validator)

    def _validator(self) -> Validator | None:
        return self.validator(_state_seen) if type(self).retrieve is Retrieved.retrieve else None

    @property
    def _whole(self) -> Tree:
        """What the answer holds, and what its tag is made of."""
        return selection.union(self.wanted, self.state_tree)


def _state_seen(view: ResourceView[Any]) -> str:
    return view.state_shown(view.seen.data)
