"""The response of a view."""

from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any

from django.http.response import ResponseHeaders
from rest_framework import response

from api_project.http.response_headers import Prepared, prepare

_BLANK: dict[str, Any] = vars(response.Response())
_HEADERS: Prepared = prepare({"Content-Type": _BLANK["headers"]["Content-Type"]})


class Response(response.Response):
    """DRF's response. It starts as a copy of a blank one, instead of being made by four constructors."""

    def __init__(
        self, data: Any = None, status: int = 200, headers: Mapping[str, str] | None = None, content_type: Any = None
    ) -> None:
        self.__dict__ = {**_BLANK, "_container": [b""], "_resource_closers": [], "_post_render_callbacks": []}
        self.cookies = SimpleCookie()
        self.headers = object.__new__(ResponseHeaders)
        self.headers._store = dict(_HEADERS)
        self.data, self.status_code, self.content_type = data, int(status), content_type
        for name, value in (headers or {}).items():
            if value.isascii() and value.isprintable():
                self.headers._store[name.lower()] = (name, value)
            else:  # Django encodes it, or refuses a line break.
                self.headers[name] = value

    @property
    def rendered_content(self) -> Any:
        response: Any = self  # The view has set these attributes.
        renderer, context = response.accepted_renderer, response.renderer_context
        context["response"] = self  # As DRF does: a renderer may depend on the status.
        content: bytes = renderer.render(self.data, response.accepted_media_type, context)
        if content:
            media_type = (
                f"{renderer.media_type}; charset={renderer.charset}" if renderer.charset else renderer.media_type
            )
            self.headers._store["content-type"] = ("Content-Type", self.content_type or media_type)
        else:  # RFC 9110 §8.3: it describes content.
            del self.headers._store["content-type"]
        return content
