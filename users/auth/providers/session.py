"""HTTP to providers, within limits of time and size. Their metadata and keys are cached."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from http import HTTPStatus
from threading import Timer
from time import monotonic
from typing import Any

from requests import RequestException, Response, Session, Timeout
from requests.adapters import HTTPAdapter

from api_project.http.request.slots import PROVIDERS

TIMEOUT = 5  # Seconds, to connect and between two packets.
DEADLINE = 10  # Seconds until the end of a response.
MAX_BYTES = 1024 * 1024  # Of a response, decoded.
FRESH = 300  # Seconds that metadata and keys are cached.
FRESH_KEYS = 5  # Seconds, for a token whose key is not among them.
MAX_DOCUMENTS = 20

_documents: dict[str, tuple[float, Response]] = {}
_has_slot: ContextVar[bool] = ContextVar("has_slot", default=False)


class ResponseTooLarge(RequestException):
    """The response is longer than MAX_BYTES."""


@contextmanager
def provider_slot() -> Iterator[None]:
    """Occupy one slot for all requests in here. Raises ServiceUnavailable (503) if none is free soon."""
    if _has_slot.get():
        yield
        return
    with PROVIDERS.slot():
        mark = _has_slot.set(True)
        try:
            yield
        finally:
            _has_slot.reset(mark)


class ProviderSession(Session):
    """HTTP to providers. A request may last for some seconds, so that it needs a slot. It follows no redirect."""

    def __init__(self) -> None:
        super().__init__()
        self._adapter = _Adapter()
        for scheme in ("https://", "http://"):
            self.mount(scheme, self._adapter)

    def get(self, url: str, *, fresh: float = FRESH, **kwargs: Any) -> Response:  # type: ignore[override]
        """As `request`. With a URL alone, it asks for metadata or keys, which may be cached for `fresh` seconds."""
        if kwargs:
            return self.request("GET", url, **kwargs)
        if cached := _cached(url, fresh):
            return cached
        with provider_slot():  # Another thread may have had it until now, for the same request.
            return _cached(url, fresh) or _keep(url, self.request("GET", url))

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """Raises ServiceUnavailable (503) if no slot is free, and RequestException."""
        kwargs |= {"timeout": TIMEOUT, "stream": True, "allow_redirects": False}
        with provider_slot(), self._adapter.deadline(), super().request(*args, **kwargs) as response:
            content = b""
            for part in response.iter_content(64 * 1024):
                content += part
                if len(content) > MAX_BYTES:
                    raise ResponseTooLarge
            response._content = content
            return response


class _Adapter(HTTPAdapter):
    """Ends its connections at a deadline. The timeout of a socket begins anew with each byte."""

    def __init__(self) -> None:
        super().__init__()
        self._connections: list[Any] = []
        self._response: Response | None = None

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        create = pool.ConnectionCls

        def create_known(**options: Any) -> Any:
            self._connections.append(create(**options))
            return self._connections[-1]

        pool.ConnectionCls = create_known
        return pool

    def send(self, *args: Any, **kwargs: Any) -> Response:
        self._response = super().send(*args, **kwargs)
        return self._response

    @contextmanager
    def deadline(self) -> Iterator[None]:
        """Raises Timeout."""
        ends = monotonic() + DEADLINE
        timer = Timer(DEADLINE, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            if monotonic() >= ends:
                raise Timeout

    def _end(self) -> None:
        """Let the thread that waits for the provider find the end of what it reads."""
        for connection in self._connections:
            if connection.sock:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)
        if self._response is not None:  # Its connection may not know the socket any more.
            with suppress(OSError, RuntimeError, ValueError):
                self._response.raw.shutdown()


def forget(url: str) -> None:
    """Request these metadata again next time."""
    _documents.pop(url, None)


def _cached(url: str, fresh: float) -> Response | None:
    fetched_at, response = _documents.get(url, (0.0, None))
    return response if monotonic() - fetched_at < fresh else None


def _keep(url: str, response: Response) -> Response:
    """Cache a JSON object."""
    with suppress(ValueError, RecursionError):
        if response.status_code == HTTPStatus.OK and isinstance(response.json(), dict):
            if len(_documents) >= MAX_DOCUMENTS:
                _documents.clear()
            _documents[url] = monotonic(), response
    return response
