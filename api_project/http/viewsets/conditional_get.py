"""GET with a precondition, answered by the state of the resource (RFC 9110 §13)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rest_framework.response import Response

from api_project.http.caching import handoff
from api_project.http.caching.validator import Validator
from api_project.http.conditional import etags
from api_project.http.viewsets.resource import M, ResourceView

# Methods that validation does not repeat. One that a view overrides may refuse a request or change its response.
_NOT_REPEATED = (
    *("dispatch", "initial", "check_method", "check_throttles", "read_body", "parse_query", "check_csrf"),
    *("check_content", "finalize_response"),
)


@dataclass(frozen=True)
class Representation:
    """The data of a response, the state of the resource that they show, and their headers."""

    data: Any
    state: str
    headers: Mapping[str, str] = field(default_factory=dict)


class ConditionalGetMixin(ResourceView[M]):
    """The response to a GET of a resource or of a list, whether the client has a copy of it or not."""

    def conditional_read(
        self,
        state: Callable[[], str],
        read: Callable[[], Representation],
        make_validator: Callable[[], Validator | None],
    ) -> Response:
        """Answer with what `read` gives, or with 304 if the client has that already.

        The state alone decides a precondition. It costs far less to read than the whole.
        """
        variant, request = etags.variant_suffix(self.requested_fields), self.request._request
        if self.preconditions:
            current = state()
            self.preconditions.check_match(current)
            if known := self.preconditions.not_modified_tag(etags.etag(current, variant)):
                handoff.offer_for_caching(request, current, make_validator)
                return Response(status=304, headers={"ETag": known})
        shown = read()
        handoff.offer_for_caching(request, shown.state, make_validator)
        return Response(shown.data, headers={"ETag": etags.etag(shown.state, variant), **shown.headers})

    def validator(self, state: Callable[[Any], str]) -> Validator | None:
        """Validates a cached response to this request, by the state of a view that has checked access again.

        None if the view overrides a method that validation does not repeat: that may decide by anything.
        """
        own, route = type(self), vars(self.request._request).get("resolver_match")
        if route is None or own.conditional_read is not ConditionalGetMixin.conditional_read:
            return None
        if any(getattr(own, name) is not getattr(ResourceView, name) for name in _NOT_REPEATED):
            return None
        return Validator(partial(own, **route.func.initkwargs), route.func.actions, self.kwargs, state)
