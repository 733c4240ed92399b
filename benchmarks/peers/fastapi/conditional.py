"""Conditional requests by a custom route class: the tag is the hash of the body, and a match sends no body."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response, status
from fastapi.routing import APIRoute


class ConditionalRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def respond(request: Request) -> Response:
            response = await handle(request)
            if request.method != "GET" or response.status_code != status.HTTP_200_OK:
                return response
            tag = f'"{hashlib.sha1(response.body, usedforsecurity=False).hexdigest()}"'
            if request.headers.get("if-none-match") == tag:
                return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
            response.headers["ETag"] = tag
            return response

        return respond
