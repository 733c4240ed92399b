"""Views of django-allauth under this API's rules for methods, throttles, bodies, errors and headers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from api_project.http.authentication import check_csrf
from api_project.http.notes import RequestNotes
from api_project.http.problems.exceptions import InputError, ValidationProblem, field_error
from api_project.http.representation.renderers import to_json
from api_project.http.request.form_parser import FormData, FormParser
from api_project.http.request.parsers import JSONParser, MergePatchParser
from api_project.http.throttling.throttles import Throttle
from api_project.http.viewsets.base import ApiView

PlainView = Callable[..., HttpResponseBase]

# Statuses that concern the caller. All other errors come later in the order of errors.
CALLER_STATUSES = frozenset({401, 403, 404, 410})
UNPARSABLE_BODY = b"{"

MAX_ITEMS = 100
MAX_CHARACTERS = 4096


class AllauthApiView(ApiView):
    """A view of allauth, wrapped by `as_api_view`.

    allauth checks the caller before it parses input, but the content checks of this API run first. If they fail, this
    view remembers the error and hands allauth an unparsable body. allauth then reports 401, 403, 404 or 410, or stops,
    and this view raises the remembered error.
    """

    wrapped: ClassVar[PlainView] = staticmethod(HttpResponse)  # as_view takes only what the class has.
    uses_cookies: ClassVar[bool] = False
    parser_classes = (JSONParser, MergePatchParser)
    methods_with_body = frozenset({"POST", "PUT", "PATCH", "DELETE"})
    max_characters: ClassVar[int] = MAX_CHARACTERS
    takes_no_parameters = True
    # The route at which a browser goes on after a form. Empty: the view takes no forms.
    form_route: ClassVar[str] = ""

    failure: APIException | None = None

    def throttles_for_request(self) -> tuple[Throttle, ...] | None:
        """Reads count against the general throttle alone."""
        return () if self.request.method in SAFE_METHODS else super().throttles_for_request()

    def get_parsers(self) -> list[BaseParser]:
        return [*super().get_parsers(), *([FormParser()] if self.form_route else [])]

    def check_content(self, request: Request) -> None:
        try:
            if self.uses_cookies:
                # Signing in by cookie is checked, too (login CSRF).
                check_csrf(request)
            super().check_content(request)
            if request.method in self.methods_with_body:
                ValidationProblem.raise_if_any(_size_errors(request.data, max_characters=self.max_characters))
            if isinstance(request.data, FormData):
                self._hand_on_form(request)
        except APIException as failure:
            self.failure = failure
            request._request._body = UNPARSABLE_BODY

    def _hand_on_form(self, request: Request) -> None:
        """Give allauth the form as JSON, which is all that it reads."""
        request._request._body = to_json(request.data)
        notes = RequestNotes.get_notes(request)
        notes.form_target = notes.form_target or reverse(self.form_route)

    def handle(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = self.wrapped(request._request, *args, **kwargs)
        except ImmediateHttpResponse as immediate:
            response = immediate.response
        if self.failure and response.status_code not in CALLER_STATUSES:
            raise self.failure
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = self.get_authenticate_header(request)
        return response

    get = post = put = patch = delete = handle


def _size_errors(data: Any, *, max_characters: int) -> Iterator[InputError]:
    """Errors for a body that is no object, or has values too long to process. allauth's views have no such limits."""
    if not isinstance(data, dict):
        yield InputError("pointer", "#", "invalid", _("Send a JSON object."))
        return
    for name, value in data.items():
        if isinstance(value, list) and len(value) > MAX_ITEMS:
            yield field_error(name, "max_length", _("Give at most %(most)s values.") % {"most": MAX_ITEMS})
        if isinstance(value, str) and len(value) > max_characters:
            yield field_error(
                name, "max_length", _("Shorten this to at most %(limit)d characters.") % {"limit": max_characters}
            )


def as_api_view(
    view: Any,
    *,
    uses_cookies: bool,
    throttles: Sequence[Throttle] = (),
    authentication_classes: Sequence[Any],
    methods_without_content: Sequence[str] = (),
    max_characters: int = MAX_CHARACTERS,
    form_route: str = "",
    takes_no_parameters: bool = True,
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The view under this API's rules, for the methods that it has handlers for."""
    if not view.view_class.handle_json_input:
        raise ImproperlyConfigured(f"{view.view_class} acts without reading its input.")
    methods = [method for method in ("get", "post", "put", "patch", "delete") if hasattr(view.view_class, method)]
    return AllauthApiView.as_view(
        wrapped=staticmethod(view),
        http_method_names=[*methods, "options"],
        uses_cookies=uses_cookies,
        throttles=tuple(throttles),
        max_characters=max_characters,
        form_route=form_route,
        takes_no_parameters=takes_no_parameters,
        methods_without_content=frozenset(methods_without_content),
        authentication_classes=authentication_classes,
    )
