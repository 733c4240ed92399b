"""The base of every view: of several faults in a request, the first in the contract's order is answered."""

from typing import Any, ClassVar, NoReturn

from django.http import HttpResponse, HttpResponseBase
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.schemas import DefaultSchema
from rest_framework.views import APIView

from api_project.http.authentication import CookieAuthentication, check_csrf
from api_project.http.permissions import denial_message
from api_project.http.representation.negotiation import Negotiation
from api_project.http.request.body import METHODS_WITH_BODY, read_body, read_content
from api_project.http.request.path_keys import validate_path_keys
from api_project.http.request.query_params import QueryString, reject_all
from api_project.http.throttling import throttles as throttling


class _SchemaOnDemand(DefaultSchema):
    """What describes a view, loaded when a view is described: routers look at all that its class has."""

    def __get__(self, instance: APIView | None, owner: type[APIView]) -> Any:
        return self if instance is None else super().__get__(instance, owner)


class ApiView(APIView):
    """405 · 429 · 413 · 401 · 404 · 403 · 406, 415 · 400 unreadable, and only then the handler.

    A route that does not exist never gets here; what follows (428, 412, 400 invalid, 409, 422) is the handler's.
    """

    methods_with_body: ClassVar[frozenset[str]] = METHODS_WITH_BODY
    # Methods that succeed without content, so that no `Accept` header refuses the response.
    methods_without_content: ClassVar[frozenset[str]] = frozenset()
    # Limits besides the general one of the caller; None for a view that is not limited at all.
    throttles: ClassVar[tuple[throttling.Throttle, ...] | None] = ()
    # Whether any parameter in the query string is a fault; where it is not, the handler says which ones are.
    takes_no_parameters: ClassVar[bool] = False
    content_negotiation_class = Negotiation
    format_kwarg = None
    schema = _SchemaOnDemand()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        # Nothing that is over may refer to itself: it, and a page's rows with it, would wait for the garbage collector.
        self.request.parser_context = {}
        vars(self).clear()
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        plain, failure, throttles = (
            request._request,
            self._authentication_failure(request),
            self.throttles_for_request(),
        )
        vars(plain)["GET"] = QueryString.of(plain)  # Instead of Django's own reading, which guesses.
        if throttles is not None:
            throttling.enforce(request, throttles)
            plain.get_host()  # Not for probes, which ask for a process by its address.
        read_body(plain)
        if request.method == "OPTIONS":
            return
        if failure:
            raise failure
        self.check_access(request)
        if isinstance(request.successful_authenticator, CookieAuthentication):
            check_csrf(request)
        self.check_content(request)

    @property
    def allowed_methods(self) -> list[str]:
        methods = list(super().allowed_methods)
        if "GET" in methods and "HEAD" not in methods:
            methods.insert(methods.index("GET") + 1, "HEAD")
        return methods

    def throttles_for_request(self) -> tuple[throttling.Throttle, ...] | None:
        return self.throttles

    def check_access(self, request: Request) -> None:
        """Raises NotAuthenticated (401), Http404 and PermissionDenied (403), in that order."""
        self.check_permissions(request)

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        validate_path_keys(self.kwargs)

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        declared = message or denial_message(self.get_permissions())
        super().permission_denied(request, str(declared) if declared else None, code)

    def check_content(self, request: Request) -> None:
        """Raises NotAcceptable (406), UnsupportedMediaType (415) and Invalid (400), in that order."""
        has_no_content = request.method in self.methods_without_content
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request, force=has_no_content
        )
        if request.method in self.methods_with_body:
            read_content(request)
        if self.takes_no_parameters:
            reject_all(request.query_params)

    def raise_uncaught_exception(self, exc: Exception) -> NoReturn:
        raise exc

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.method == "OPTIONS" or response.status_code == 405:
            response.headers["Allow"] = ", ".join(self.allowed_methods)
        throttling.add_headers(request._request, response)
        if isinstance(response, Response):
            response.add_post_render_callback(_forget_context)
        return response

    def get_renderer_context(self) -> dict[str, Any]:
        """No renderer of this API looks into it."""
        return {}

    def _authentication_failure(self, request: Request) -> APIException | None:
        """Who is asking has to be known for the limit; that they are refused comes after it."""
        try:
            vars(request._request)["caller"] = request.user
        except APIException as failure:
            return failure
        return None


def _forget_context(response: HttpResponse) -> None:
    """Rendering put the response into it."""
    vars(response)["renderer_context"] = {}
