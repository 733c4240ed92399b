"""The handler and the request class of this API, and the end of a request."""

import re
from typing import Any

from django.conf import settings
from django.core import signals  # noqa: TID251 (Those of the handler, which it sends.)
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, set_script_prefix
from django.utils.functional import cached_property

from api_project.http.notes import RequestNotes
from api_project.http.request import routes
from api_project.http.request.media_types import sanitize_content_type
from api_project.http.request.slots import LimitedBody
from api_project.lru_cache import LRUCache

# A path without dots, empty segments and characters to encode.
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_~-]+)+|/")

_hosts: LRUCache[str] = LRUCache(maxsize=100)

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
        """Checks each host once, since most requests have the same one. Raises DisallowedHost."""
        return self._host

    @cached_property
    def _host(self) -> str:
        key = self._get_raw_host(), tuple(settings.ALLOWED_HOSTS)  # type: ignore[attr-defined]
        return _hosts.get_or_create(key, super().get_host)

    def build_absolute_uri(self, location: str | None = None) -> str:
        """Like Django's, which examines and encodes also those paths that cannot need it. Raises DisallowedHost."""
        if isinstance(location, str) and _PLAIN_PATH.fullmatch(location):
            return f"{self._current_scheme_host}{location}"  # type: ignore[attr-defined]  # It is no part of the stubs.
        return super().build_absolute_uri(location)

    def close(self) -> None:
        """Called once the response is sent."""
        super().close()
        break_reference_cycles(self)


class Handler(WSGIHandler):
    """Django's handler, which does for each request only what differs from the one before.

    It takes all headers of a response at once, where Django looks each of them up by its name. It sets no URL
    configuration for the thread, as there is one for all requests (but for the 404s of the stream server).
    """

    request_class = Request

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response: Any = self._middleware_chain(request)  # type: ignore[attr-defined]
        response._resource_closers.append(request.close)
        return response  # type: ignore[no-any-return]

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        request.resolver_match = match = routes.resolve(request.path_info, getattr(request, "urlconf", None))
        return match

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = self.request_class(environ)
        set_script_prefix(request.META["SCRIPT_NAME"])
        signals.request_started.send(sender=type(self), environ=environ)
        response: Any = self.get_response(request)
        response._handler_class = type(self)
        headers = [*response.headers._store.values()]
        if response.cookies:
            headers += [("Set-Cookie", cookie.OutputString()) for cookie in response.cookies.values()]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
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
