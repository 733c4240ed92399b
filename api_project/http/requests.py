"""Requests as the WSGI handler makes them."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest

from api_project.http.media_types import readable


class Request(WSGIRequest):
    """Django's, which no Content-Type can break: it reads that one before any middleware could answer."""

    def __init__(self, environ: dict[str, Any]) -> None:
        environ["CONTENT_TYPE"] = readable(environ.get("CONTENT_TYPE", ""))
        super().__init__(environ)
