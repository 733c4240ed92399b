"""The base of every view, and the order of errors: of several in one request, the first is the response."""

from typing import Any, ClassVar, NoReturn

from django.http import HttpRequest
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.schemas import DefaultSchema
from rest_framework.views import APIView

from api_project.http.authentication import CookieAuthentication, check_csrf
from api_project.http.notes import RequestNotes
from api_project.http.permissions import check_scopes, denial_message, scopes_for
from api_project.http.representation import responses
from api_project.http.representation.negotiation import Negotiation
from api_project.http.request.body import METHODS_WITH_BODY, read_body, read_content
from api_project.http.request.path_keys import validate_path_keys
from api_project.http.request.query_params import QueryString, reject_all
from api_project.http.throttling import throttles as throttling


class _SchemaOnDemand(DefaultSchema):
    """Loads the schema of a view when it is described: routers read every attribute of the class."""

    def __get__(self, instance: APIView | None, owner: type[APIView]) -> Any:
        return self if instance is None else super().__get__(instance, owner)


class ApiView(APIView):
    """A view whose requests are checked in one order, before its handler runs."""

    methods_with_body: ClassVar[frozenset[str]] = METHODS_WITH_BODY
    # Methods that succeed without content, so that no `Accept` header refuses the response.
    methods_without_content: ClassVar[frozenset[str]] = frozenset()
    # Throttles besides the caller's general one. None: the view is not throttled at all.
    throttles: ClassVar[tuple[throttling.Throttle, ...] | None] = ()
    # True: every query parameter is an error. If not, the handler checks them.
    takes_no_parameters: ClassVar[bool] = False
    # What a personal access token has to be for: `posts` stands for `posts:read` and `posts:write`. None: the view
    # accepts no such token.
    access_scope: ClassVar[str | None] = None
    # False: a batch cannot contain the operations of this view.
    is_batchable: ClassVar[bool] = True
    content_negotiation_class = Negotiation
    format_kwarg = None
    schema = _SchemaOnDemand()

    credentials_error: APIException | None = None

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        notes = RequestNotes.get_notes(request)
        notes.views.append(self)  # For `break_reference_cycles`.
        made: Any = super().initialize_request(request, *args, **kwargs)
        # DRF looks for them on the request that it wraps, each time.
        made.notes, made.method, made.META, made.path = notes, request.method, request.META, request.path
        if notes.operation and request.method in self.methods_with_body:
            made._full_data = made._data = notes.operation.body
        return made  # type: ignore[no-any-return]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check a request before its handler runs, in the contract's order of errors.

        Views override steps, never the order. The handler checks what comes later: 428, 412, 400 invalid, 409 and 422.
        """
        self.check_method(request)  # 405
        self.check_throttles(request)  # 429
        self.read_body(request)  # 413
        if request.method == "OPTIONS":
            return
        self.check_authentication(request)  # 401
        self.load_parents(request)  # 404
        self.check_permissions(request)  # 401, 403
        self.parse_query(request)  # collected: 400 after 428 and 412
        self.load_object(request)  # 404, then 403
        self.check_scopes(request)  # 403
        self.check_csrf(request)  # 403
        self.check_content(request)  # 406, 415, 400

    def check_method(self, request: Request) -> None:
        method = str(request.method).lower()
        if method not in self.http_method_names or not hasattr(self, method):
            raise MethodNotAllowed(str(request.method))

    def check_throttles(self, request: Request) -> None:
        """Raises Throttled. Invalid credentials count as those of an anonymous caller, and are raised later."""
        plain, throttles = request._request, self.throttles_for_request()
        self.credentials_error = self._authenticate(request)
        vars(plain)["GET"] = QueryString.of(plain)  # Instead of Django's own reading, which guesses.
        if throttles is not None:
            throttling.enforce(request, throttles)
            plain.get_host()  # Not for probes, which ask for a process by its address.

    def read_body(self, request: Request) -> None:
        """Raises RequestDataTooBig before more than the limit is in memory."""
        read_body(request._request)

    def check_authentication(self, request: Request) -> None:
        """Raises AuthenticationFailed for invalid credentials."""
        if self.credentials_error:
            raise self.credentials_error

    def load_parents(self, request: Request) -> None:
        """Raises Http404 if the caller may not see what the path names before the resource itself."""

    def check_permissions(self, request: Request) -> None:
        """Raises NotAuthenticated, PermissionDenied, and ValidationProblem for a path that no resource can have."""
        super().check_permissions(request)
        validate_path_keys(self.kwargs)

    def parse_query(self, request: Request) -> None:
        """Read the query string and the headers that the handler needs. What is wrong with them is raised later."""

    def load_object(self, request: Request) -> None:
        """Raises Http404, then PermissionDenied, for the resource that the path names."""

    def check_scopes(self, request: Request) -> None:
        """Raises InsufficientScope. Only a caller with a personal access token is checked."""
        check_scopes(request, self.required_scopes(request.method))

    def required_scopes(self, method: str | None) -> frozenset[str] | None:
        """The scopes that a personal access token needs for this method. None: no such token is accepted."""
        return scopes_for(self.access_scope, method) if self.access_scope else None

    def check_csrf(self, request: Request) -> None:
        """Raises CsrfFailed. Only a caller whom a cookie authenticated is checked."""
        if isinstance(request.successful_authenticator, CookieAuthentication):
            check_csrf(request)

    def check_content(self, request: Request) -> None:
        """Raises NotAcceptable (406), UnsupportedMediaType (415) and ParseProblem (400), in that order."""
        has_no_content = request.method in self.methods_without_content
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request, force=has_no_content
        )
        if request.method in self.methods_with_body:
            read_content(request)
        if self.takes_no_parameters:
            reject_all(request.query_params)

    @property
    def allowed_methods(self) -> list[str]:
        methods = list(super().allowed_methods)
        if "GET" in methods and "HEAD" not in methods:
            methods.insert(methods.index("GET") + 1, "HEAD")
        return methods

    def throttles_for_request(self) -> tuple[throttling.Throttle, ...] | None:
        return self.throttles

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        declared = message or denial_message(self.get_permissions())
        super().permission_denied(request, str(declared) if declared else None, code)

    def handle_exception(self, exc: Exception) -> Response:
        if operation := RequestNotes.get_notes(self.request).operation:
            operation.error = exc
        return super().handle_exception(exc)

    def raise_uncaught_exception(self, exc: Exception) -> NoReturn:
        raise exc

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return responses.Response(status=204)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.method == "OPTIONS" or response.status_code == 405:
            response.headers["Allow"] = ", ".join(self.allowed_methods)
        throttling.add_headers(request._request, response)
        return response

    def get_renderer_context(self) -> dict[str, Any]:
        """No renderer of this API looks into it."""
        return {}

    def _authenticate(self, request: Request) -> APIException | None:
        """Find out who the caller is. Gives the error of invalid credentials."""
        try:
            RequestNotes.get_notes(request).caller = request.user
        except APIException as error:
            return error
        return None
