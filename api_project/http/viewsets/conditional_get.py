"""Conditional GET: the state of the resource decides whether the response is a 304 (RFC 9110 §13)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rest_framework.response import Response

from api_project.http.caching import handoff
from api_project.http.caching.validator import Validator
from api_project.http.conditional import etags
from api_project.http.representation import responses
from api_project.http.viewsets.resource import M, ResourceView

# Methods that validation does not repeat. One that a view overrides may refuse a request or change its response.
_NOT_REPEATED = (
    *("dispatch", "initial", "check_method", "check_throttles", "read_body", "parse_query", "check_csrf"),
    *("check_content", "finalize_response"),
)


@dataclass(frozen=True)
class Representation:
    """The data of a response, the state that they show, and their headers."""

    data: Any
    state: str
    headers: Mapping[str, str] = field(default_factory=dict)


class ConditionalGetMixin(ResourceView[M]):
    """Responds to a GET of a resource or of a list, under the client's preconditions."""

    def conditional_read(
        self,
        state: Callable[[], str],
        read: Callable[[], Representation],
        make_validator: Callable[[], Validator | None],
    ) -> Response:
        """The response with what `read` gives, or a 304 if the client has a current copy.

        The state alone decides a precondition. Reading it costs far less than reading the representation.
        """
        variant, request = self.variant(), self.request._request
        if self.preconditions:
            current = state()
            self.preconditions.check_match(current)
            if known := self.preconditions.not_modified_tag(etags.etag(current, variant)):
                handoff.offer_for_caching(request, current, make_validator)
                return responses.Response(status=304, headers={"ETag": known})
        shown = read()
        handoff.offer_for_caching(request, shown.state, make_validator)
        return responses.Response(shown.data, headers={"ETag": etags.etag(shown.state, variant), **shown.headers})

    def variant(self) -> str:
        """The suffix of the entity tag that tells this form of the representation from others."""
        return etags.variant_suffix(self.requested_fields)

    def validator(self, state: Callable[[Any], str]) -> Validator | None:
        """The validator of a cached response to this request.

        None if the view overrides a method that validation does not repeat: such a view may decide by anything.
        """
        own, route = type(self), vars(self.request._request).get("resolver_match")
        if route is None or own.conditional_read is not ConditionalGetMixin.conditional_read:
            return None
        if any(getattr(own, name) is not getattr(ResourceView, name) for name in _NOT_REPEATED):
            return None
        return Validator(partial(own, **route.func.initkwargs), route.func.actions, self.kwargs, state)
