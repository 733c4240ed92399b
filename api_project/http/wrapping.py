"""Views of another package under this API's rules: methods, limits, bodies, problems, headers."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from api_project.http.authentication import CookieAuthentication
from api_project.http.parsing import JSONParser, MergePatchParser
from api_project.http.problems.exceptions import Fault, Invalid
from api_project.http.throttling import Limit
from api_project.http.views import ApiView

PlainView = Callable[..., HttpResponseBase]
SAFE_METHODS = frozenset({"GET", "OPTIONS"})


class WrappedView(ApiView):
    """Made by `as_view(wrapped=…, http_method_names=…)`; the wrapped view sees a request that passed the checks."""

    wrapped: ClassVar[PlainView] = staticmethod(HttpResponse)  # as_view takes only what the class has.
    uses_cookies: ClassVar[bool] = False
    parser_classes = (JSONParser, MergePatchParser)
    methods_with_body = frozenset({"POST", "PUT", "PATCH", "DELETE"})

    def check_access(self, request: Request) -> None:
        super().check_access(request)
        if self.uses_cookies and request.method not in SAFE_METHODS:
            # Signing in by cookie is protected too (login CSRF), not only what a session may do.
            CookieAuthentication().enforce_csrf(request)

    def forward(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.data, dict):
            raise Invalid([Fault("pointer", "#", "invalid", _("Send a JSON object."))])
        try:
            response = self.wrapped(request._request, *args, **kwargs)
        except ImmediateHttpResponse as immediate:
            response = immediate.response
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = self.get_authenticate_header(request)
        return response

    get = post = put = patch = delete = forward


def wrap(
    view: Any, *, uses_cookies: bool, limits: Sequence[Limit] = (), authentication_classes: Sequence[Any]
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The view under this API's rules, for the methods that it has handlers for."""
    methods = [method for method in ("get", "post", "put", "patch", "delete") if hasattr(view.view_class, method)]
    return WrappedView.as_view(
        wrapped=staticmethod(view),
        http_method_names=[*methods, "options"],
        uses_cookies=uses_cookies,
        limits=tuple(limits),
        authentication_classes=authentication_classes,
    )
