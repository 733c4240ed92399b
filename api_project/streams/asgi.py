"""The parts of ASGI that the stream server uses (https://asgi.readthedocs.io/en/latest/specs/www.html)."""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_BYTES, BODY_SECONDS = 2 * 1024 * 1024, 10.0


async def discard_body(receive: Receive) -> None:
    """Read a request's body to its end, or to the limits of size and time.

    Otherwise the server closes the connection, and a proxy that is still sending would respond 502 (RFC 9112 §9.6).
    """
    left = BODY_BYTES
    while left > 0:
        message = await receive()
        if not message.get("more_body"):
            return
        left -= len(message["body"])


async def disconnected(receive: Receive) -> None:
    """Return once the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
