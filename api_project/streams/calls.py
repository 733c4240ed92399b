"""Calls of the WSGI application for requests that arrive over ASGI."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.handlers.wsgi import WSGIHandler

from api_project.http.caching.headers import names_credentials
from api_project.http.request.wsgi import REPEAT_AT
from api_project.streams.asgi import Scope

Headers = list[tuple[bytes, bytes]]
Environ = dict[str, Any]

MEDIA_TYPE = b"text/event-stream"
# The body has been discarded, since no path here has one. A compressed stream could not be continued.
_OMITTED = frozenset({b"accept-encoding", b"content-length", b"transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Headers  # The names are in lower case.
    body: bytes
    client: str  # The client's address, as the middleware found it.

    def header(self, name: bytes) -> bytes:
        """The header's value. Empty without one."""
        return next((value for key, value in self.headers if key == name), b"")

    @property
    def is_event_stream(self) -> bool:
        return self.status == 200 and self.header(b"content-type").startswith(MEDIA_TYPE)


def environ_of(scope: Scope) -> Environ:
    """The WSGI environment (PEP 3333) that granian would make of the same request, without a body."""
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **_header_variables(scope["headers"]),
    }


def repeat_environ(scope: Scope, last_id: str, request_id: str, *, at: datetime) -> Environ:
    """The environment that repeats a stream's request after the event with this id, as if it was made at that time."""
    environ = environ_of(scope)
    # The id takes precedence. Without `since`, more streams can share a repeat.
    query = "&".join(item for item in environ["QUERY_STRING"].split("&") if item.partition("=")[0] != "since")
    changed = {"QUERY_STRING": query, "HTTP_LAST_EVENT_ID": last_id, "HTTP_X_REQUEST_ID": request_id}
    return environ | changed | {REPEAT_AT: at}


def sharing_key(environ: Environ) -> tuple[str, str] | None:
    """All that the response to a repeat depends on. None if it depends on the caller."""
    return None if names_credentials(environ) else (environ["QUERY_STRING"], environ["HTTP_LAST_EVENT_ID"])


def call(application: WSGIHandler, environ: Environ) -> Response:
    """Call the application in this thread, and return its whole response."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        started.append((status, headers))

    parts: Any = application(environ, start_response)  # type: ignore[arg-type]
    try:
        body = b"".join(parts)
    finally:
        parts.close()
    status, headers = started[-1]
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return Response(int(status.partition(" ")[0]), encoded, body, environ["REMOTE_ADDR"])


def _header_variables(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for name, value in headers:
        if name not in _OMITTED:
            key = name.decode("latin-1").upper().replace("-", "_")
            key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
            joined = ";" if key == "HTTP_COOKIE" else ","
            text = value.decode("ascii") if value.isascii() else ""  # As granian does.
            variables[key] = f"{variables[key]}{joined}{text}" if key in variables else text
    return variables
