"""The handler and the request class of this API, and the end of a request."""

from functools import lru_cache
from typing import Any

from django.core import signals  # noqa: TID251 (Those of the handler, which it sends.)
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest, get_script_name
from django.http import HttpRequest
from django.urls import ResolverMatch, get_resolver, set_script_prefix
from django.utils.functional import cached_property

from api_project.http.notes import RequestNotes
from api_project.http.request.media_types import sanitize_content_type
from api_project.http.request.slots import LimitedBody

# A key of the WSGI environment, which no header can set: the stream server repeats the request of an open stream, which
# was counted and logged the first time. Its value is the time of the repeat. Those that have one time can have one
# response.
REPEAT_AT = "api_project.repeat_at"


class Request(WSGIRequest):
    """Django's request, hardened. Only a few threads read bodies at a time.

    Django parses the Content-Type before any middleware could respond to a malformed one, so it is sanitized. Cookies
    lose their backslashes: Python before 3.11.10 and 3.12.6 takes quadratic time for them, and RFC 6265 §4.1.1 allows
    none.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        environ["CONTENT_TYPE"] = sanitize_content_type(environ.get("CONTENT_TYPE", ""))
        if "HTTP_COOKIE" in environ:
            environ["HTTP_COOKIE"] = environ["HTTP_COOKIE"].replace("\\", "")
        environ["wsgi.input"] = LimitedBody(environ["wsgi.input"])
        self.notes = RequestNotes(sent_path=environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
        self.notes.is_repeat = self.notes.is_counted = REPEAT_AT in environ
        self.notes.request_time = environ.get(REPEAT_AT)
        super().__init__(environ)

    def get_host(self) -> str:
        """Computed once. A write needs it twice: to refuse a host that is not allowed, and for `Location`."""
        return self._host

    @cached_property
    def _host(self) -> str:
        return super().get_host()

    def close(self) -> None:
        """Called once the response is sent."""
        super().close()
        break_reference_cycles(self)


@lru_cache(maxsize=1000)
def _resolve(path: str) -> ResolverMatch:
    """The view of a path, which for most requests is that of an earlier one. Raises Resolver404."""
    return get_resolver().resolve(path)


class Handler(WSGIHandler):
    """Django's handler, but it takes all headers of a response at once. Django looks each of them up by its name."""

    request_class = Request

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        if hasattr(request, "urlconf"):  # That of the stream server.
            other: ResolverMatch = super().resolve_request(request)
            return other
        request.resolver_match = match = _resolve(request.path_info)
        return match

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        set_script_prefix(get_script_name(environ))
        signals.request_started.send(sender=type(self), environ=environ)
        response: Any = self.get_response(self.request_class(environ))
        response._handler_class = type(self)
        cookies = [("Set-Cookie", cookie.OutputString()) for cookie in response.cookies.values()]
        status = f"{response.status_code} {response.reason_phrase}"
        start_response(status, [*response.headers._store.values(), *cookies])
        return response


def break_reference_cycles(request: HttpRequest) -> None:
    """Free all that was made for a request now, instead of when the garbage collector runs.

    Requests, views and responses refer to each other and to themselves. The collector counts objects, not their bytes:
    without this, lists of 100 posts took 43 MB more memory in a process of 92 MB, and 4 % more CPU
    (docs/decisions/0015-worker-memory.md).
    """
    for view in RequestNotes.get_notes(request).views:
        view.request.parser_context = {}
        if response := vars(view).get("response"):
            response.renderer_context = {}
        vars(view).clear()
    vars(request).clear()
