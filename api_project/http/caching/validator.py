"""Validation of a cached response: the view reads the state again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Validator:
    """Reads the current state by a new view, which checks access again first.

    The request has the same path as the cached one, and the same values of all that selects a response.
    """

    make_view: Callable[[], Any]
    actions: Mapping[str, str]  # By HTTP method in lower case.
    path_parameters: dict[str, Any]
    state: Callable[[Any], str]

    def current_state(self, request: HttpRequest) -> str:
        """Raises the errors of the view: Http404, NotAuthenticated, PermissionDenied."""
        view = self.make_view()
        view.action_map, view.args, view.kwargs = self.actions, (), dict(self.path_parameters)
        view.is_validating, view.format_kwarg = True, None
        view.request = view.initialize_request(request)
        view.check_authentication(view.request)
        view.load_parents(view.request)
        view.check_permissions(view.request)
        view.load_object(view.request)
        return self.state(view)
