"""The base of every view: of several faults in a request, the first in the contract's order is answered."""

from typing import Any, ClassVar, NoReturn

from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api_project.http import throttling
from api_project.http.bodies import read_body
from api_project.http.caching import set_cache_headers

METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class ApiView(APIView):
    """405 · 429 · 413 · 401 · 404 · 403 · 406, 415 · 400, and only then the handler.

    A route that does not exist never gets here; what follows (428, 412, 400 invalid, 409, 422) is the handler's.
    """

    methods_with_body: ClassVar[frozenset[str]] = METHODS_WITH_BODY
    # Limits besides the general one of the caller; None for a view that is not limited at all.
    limits: ClassVar[tuple[throttling.Limit, ...] | None] = ()
    format_kwarg = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method and request.method.lower() not in self._handled():
            raise MethodNotAllowed(request.method)
        failure = self._authentication_failure(request)
        limits = self.get_limits()
        if limits is not None:
            throttling.enforce(request, limits)
        read_body(request._request)
        if request.method == "OPTIONS":
            self._negotiate(request)
            return
        if failure:
            raise failure
        self.check_access(request)
        self._negotiate(request)
        if request.method in self.methods_with_body:
            _ = request.data  # 415, and 400 for one that cannot be read.

    def get_limits(self) -> tuple[throttling.Limit, ...] | None:
        return self.limits

    def check_access(self, request: Request) -> None:
        """Raises NotAuthenticated (401), Http404 and PermissionDenied (403), in that order."""
        self.check_permissions(request)

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
        throttling.add_headers(request, response)
        set_cache_headers(request, response)
        return response

    def _handled(self) -> list[str]:
        return [method.lower() for method in self.allowed_methods]

    def _authentication_failure(self, request: Request) -> APIException | None:
        """Who is asking has to be known for the limit; that they are refused comes after it."""
        try:
            request._request.caller = request.user  # type: ignore[attr-defined]
        except APIException as failure:
            return failure
        return None

    def _negotiate(self, request: Request) -> None:
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
