"""The ASGI application of the stream server: the change stream and the probes."""

import asyncio
import os
import signal
from contextlib import suppress

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from api_project.streams.asgi import BODY_SECONDS, Receive, Scope, Send, discard_body
from api_project.streams.calls import Response, environ_of
from api_project.streams.hub import Hub, Watch
from api_project.streams.stream import Stream

PROBES = ("/livez", "/readyz", "/metrics")
STATIC_FILES = "api_project.http.middleware.static_files.StaticFilesMiddleware"


class StreamApp:
    """Answers each request by the WSGI application, and keeps a GET open whose response is an event stream."""

    hub: Hub

    def __init__(self, application: WSGIHandler, watch: Watch) -> None:
        self._application, self._watch = application, watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The process's life, from the first to the last message of ASGI's lifespan protocol."""
        await receive()
        self.hub = Hub(self._application, self._watch)
        if settings.METRICS_TOKEN:
            from api_project.metrics.recorder import recorder

            self.hub.report_open = recorder().set_open_streams
        poll = asyncio.create_task(self.hub.poll())
        _stop_on_sigterm(self.hub)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        poll.cancel()
        self.hub.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(BODY_SECONDS):
                await discard_body(receive)
        generation = self.hub.generation
        response = await self.hub.call(environ_of(scope), is_probe=scope["path"].startswith(PROBES))
        is_stream = scope["method"] == "GET" and response.is_event_stream
        if is_stream and self.hub.makes_room(response.client):
            stream = Stream.of(response, self.hub, generation, scope, send)
            del response  # Its body would stay in memory as long as the stream is open.
            await stream.run(receive)
        else:  # Without room, the client gets the events as from the embedded server, and comes again.
            await _send_whole(response, send)


async def _send_whole(response: Response, send: Send) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": False})


def _stop_on_sigterm(hub: Hub) -> None:
    """End the streams, which granian would wait for. The event loop still calls granian's own handler.

    asyncio learns of signals by a file descriptor, to which Python writes whatever handler is set here.
    """
    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: loop.call_soon_threadsafe(hub.stop))


def load() -> StreamApp:
    """The application, for a worker process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api_project.settings")
    settings.MIDDLEWARE.remove(STATIC_FILES)  # The server has no pages.
    from api_project import wsgi

    return stream_app(wsgi.load())


def stream_app(application: WSGIHandler) -> StreamApp:
    from api_project.journal import pull
    from api_project.streams.urls import StreamServerRequest

    application.request_class = StreamServerRequest
    return StreamApp(application, pull.Watch())
