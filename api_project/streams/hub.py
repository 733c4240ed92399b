"""Shared by the streams of a process: the poll for news, the calls of the application, and the number of streams."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from django.utils import timezone

from api_project.streams.calls import Environ, Response, call, sharing_key

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
MAX_POLL_SECONDS = 15.0  # While the database does not respond.
THREADS = 4  # Each has a connection to the database. So have the poll, and the probes once `/readyz` is requested.
MAX_STREAMS = 10_000


class Watch(Protocol):
    """`api_project.journal.pull.Watch`."""

    def has_news(self) -> bool: ...


class OpenStream(Protocol):
    client: str

    def wake(self) -> None: ...

    def end(self, reason: str) -> None: ...


class Hub:
    """Polls for news once for all streams, and wakes them.

    `generation` counts the times that there was news. A stream is up to date with the generation in which its last call
    began, if that call found nothing more. All calls of a generation have the same time. So two streams whose calls are
    not separated by a write have the same cursor afterwards, and share their calls from then on.
    """

    def __init__(self, application: WSGIHandler, watch: Watch) -> None:
        self._application, self._watch = application, watch
        self._threads = ThreadPoolExecutor(THREADS, "call")
        self._poll_thread, self._probe_thread = ThreadPoolExecutor(1, "poll"), ThreadPoolExecutor(1, "probe")
        # One thread is left for the requests of clients.
        self._repeats = asyncio.Semaphore(THREADS - 1)
        self._shared: dict[tuple[str, str], asyncio.Task[Response]] = {}
        self._streams: dict[OpenStream, None] = {}  # The oldest first.
        self.generation, self.announced_at = 0, timezone.now()
        self.is_failing = self.is_stopping = False
        self.report_open: Callable[[int], None] = lambda _number: None  # Called with the number of streams.

    async def call(self, environ: Environ, *, is_probe: bool = False) -> Response:
        """Call the application. A probe does not wait for the calls of many clients that connect together."""
        threads = self._probe_thread if is_probe else self._threads
        return await asyncio.get_running_loop().run_in_executor(threads, call, self._application, environ)

    async def repeat(self, environ: Environ) -> Response:
        """The response to a repeat. Those with the same sharing key share it until there is more news."""
        key = sharing_key(environ)
        if key is None:
            return await self._repeat(environ)
        if key not in self._shared:
            self._shared[key] = asyncio.create_task(self._repeat_for_all(environ))
        return await asyncio.shield(self._shared[key])

    def add(self, stream: OpenStream) -> None:
        self._streams[stream] = None
        self.report_open(len(self._streams))

    def remove(self, stream: OpenStream) -> None:
        self._streams.pop(stream, None)
        self.report_open(len(self._streams))

    def makes_room(self, client: str) -> bool:
        """True if a stream of this client may be added.

        Of too many, the client with the most loses its oldest, so that no client can take the place of others.
        """
        if self.is_stopping or len(self._streams) < MAX_STREAMS:
            return not self.is_stopping
        counts = Counter(stream.client for stream in self._streams)
        ((most, count),) = counts.most_common(1)
        if count <= counts[client] + 1:
            return False
        oldest = next(stream for stream in self._streams if stream.client == most)
        self.remove(oldest)
        oldest.end("displaced")
        return True

    def stop(self) -> None:
        """End all streams."""
        self.is_stopping = True
        for stream in list(self._streams):
            stream.end("stopping")

    async def poll(self) -> None:
        """Poll as long as there are streams. After a time without any, and after an error, there may be news."""
        seconds, may_have_missed = POLL_SECONDS, True
        while True:
            await asyncio.sleep(seconds)
            if not self._streams:
                may_have_missed = True
                continue
            has_news = await self._poll_once()
            self.is_failing = has_news is None
            seconds = min(2 * seconds, MAX_POLL_SECONDS) if has_news is None else POLL_SECONDS
            if has_news or (may_have_missed and has_news is not None):
                self._announce()
            may_have_missed = has_news is None

    def close(self) -> None:
        for threads in (self._threads, self._poll_thread, self._probe_thread):
            threads.shutdown(wait=False, cancel_futures=True)

    async def _poll_once(self) -> bool | None:
        """True if there is news; None if that is unknown."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._poll_thread, _with_connection, self._watch)
        except Exception as error:  # noqa: BLE001 (Any error must not end the poll: the next may succeed.)
            log.error("poll_failed", error=str(error).strip())
            return None

    def _announce(self) -> None:
        # Not earlier than the poll, or a call would miss a scheduled post that the poll noticed.
        self.generation, self.announced_at = self.generation + 1, timezone.now()
        self._shared.clear()
        for stream in self._streams:
            stream.wake()

    async def _repeat_for_all(self, environ: Environ) -> Response:
        response = await self._repeat(environ)
        if response.status >= 500:
            self._shared = {key: task for key, task in self._shared.items() if task is not asyncio.current_task()}
        return response

    async def _repeat(self, environ: Environ) -> Response:
        async with self._repeats:
            return await self.call(environ)


def _with_connection(watch: Watch) -> bool:
    close_old_connections()
    try:
        return watch.has_news()
    finally:
        close_old_connections()
