"""One open stream: the events of the first response, and those of its repeats whenever there is news."""

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from api_project.streams.asgi import Receive, Scope, Send, disconnected
from api_project.streams.calls import Headers, Response, repeat_environ
from api_project.streams.events import COMMENT, Content
from api_project.streams.hub import Hub

log = structlog.get_logger("api_project.streams")

# All in seconds.
HEARTBEAT_AFTER = 15.0  # Many proxies close a connection that is silent for 60 seconds.
SEND_TIMEOUT = 30.0  # For a client that does not read.
LIFETIME = 900.0  # At most. Clients that came together do not have to leave together.
MAX_RETRY_DELAY = 16.0

RETRY_MS = 2000  # On average, a client waits this long before it connects again.
PART_BYTES = 8 * 1024  # For a client that reads slowly, granian buffers 32 parts.


@dataclass(slots=True, eq=False)
class Stream:
    hub: Hub
    scope: Scope
    send: Send
    generation: int  # The hub's, as of the last events.
    client: str
    request_id: str
    headers: Headers
    unsent: bytes
    last_id: str
    cursor: bytes = b""  # The last cursor event, unless the client has it.
    reason: str = ""  # Why the stream ends. Empty as long as it is open.
    failures: int = 0  # Of repeats, in a row.
    retry_at: float = 0.0
    sent_at: float = 0.0
    began_at: float = field(default_factory=time.monotonic)
    ends_at: float = 0.0
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[Any] | None" = None

    @classmethod
    def of(cls, response: Response, hub: Hub, generation: int, scope: Scope, send: Send) -> "Stream":
        """A stream that begins with this response. `generation` is the hub's from before the response was made."""
        content = Content.of(response.body)
        headers = [header for header in response.headers if header[0] != b"content-length"]
        headers.append((b"x-accel-buffering", b"no"))  # Lets nginx pass on each event at once.
        retry = f"retry: {int(RETRY_MS * _spread())}\n\n".encode()
        request_id = response.header(b"x-request-id").decode()
        unsent = retry + content.changes + content.cursor
        known = -1 if content.has_more else generation
        return cls(hub, scope, send, known, response.client, request_id, headers, unsent, content.last_id)

    async def run(self, receive: Receive) -> None:
        """Serve the stream until it ends."""
        self.task, self.ends_at = asyncio.current_task(), self.began_at + LIFETIME * _spread() / 1.5
        listener = asyncio.create_task(self._listen(receive))
        self.hub.add(self)
        try:
            await self._forward()
        except TimeoutError:
            self.reason = "slow"
        except asyncio.CancelledError:
            pass  # By `end`, which says why.
        finally:
            self.hub.remove(self)
            listener.cancel()
            duration = round(time.monotonic() - self.began_at, 1)
            log.info("stream_ended", request_id=self.request_id, reason=self.reason, duration_s=duration)
        if self.reason not in {"left", "slow"}:
            await self._send_part(b"", is_last=True)

    def wake(self) -> None:
        self.woken.set()

    def end(self, reason: str) -> None:
        """End the stream, whatever it waits for. An event that was sent in part is discarded by the client."""
        if self.task and not self.reason:
            self.reason = reason
            self.task.cancel()

    async def _listen(self, receive: Receive) -> None:
        await disconnected(receive)
        self.end("left")

    async def _forward(self) -> None:
        await self.send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await self._write(self.unsent)
        self.headers, self.unsent = [], b""  # They would take memory as long as the stream is open.
        while not self.reason:
            await self._step()

    async def _step(self) -> None:
        now = time.monotonic()
        is_behind = self.generation != self.hub.generation
        if is_behind and now >= self.retry_at and not self.hub.is_failing:
            await self._repeat()
        elif now >= self.ends_at:
            self.reason = "expired"
        elif now >= self.sent_at + HEARTBEAT_AFTER:
            await self._beat()
        else:
            retry_at = self.retry_at if is_behind and now < self.retry_at else self.ends_at
            await self._sleep(min(self.ends_at, self.sent_at + HEARTBEAT_AFTER, retry_at) - now)

    async def _beat(self) -> None:
        await self._write(self.cursor or COMMENT)
        self.cursor = b""

    async def _sleep(self, seconds: float) -> None:
        """Sleep until the hub has news, or until the time is over."""
        self.woken.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.woken.wait()

    async def _repeat(self) -> None:
        """Repeat the request from the last event on, and forward what is new."""
        generation, at = self.hub.generation, self.hub.announced_at
        response = await self.hub.repeat(repeat_environ(self.scope, self.last_id, self.request_id, at=at))
        if response.status >= 500:
            self.failures += 1
            self.retry_at = time.monotonic() + min(2.0 ** (self.failures - 1), MAX_RETRY_DELAY) * _spread()
        elif not response.is_event_stream:
            self.reason = f"status {response.status}"
        else:
            self.failures = 0
            await self._continue(Content.of(response.body), generation)

    async def _continue(self, content: Content, generation: int) -> None:
        """Forward changes with their cursor. A cursor without changes is not urgent: it replaces a heartbeat."""
        if content.changes:
            await self._write(content.changes + content.cursor)
        self.last_id, self.cursor = content.last_id, b"" if content.changes else content.cursor
        if not content.has_more:
            self.generation = generation

    async def _write(self, content: bytes) -> None:
        """Raises TimeoutError if the client does not read."""
        for start in range(0, len(content), PART_BYTES):
            async with asyncio.timeout(SEND_TIMEOUT):
                await self._send_part(content[start : start + PART_BYTES])
        if content:
            self.sent_at = time.monotonic()

    async def _send_part(self, part: bytes, *, is_last: bool = False) -> None:
        await self.send({"type": "http.response.body", "body": part, "more_body": not is_last})


def _spread() -> float:
    """A random factor from 0.5 to 1.5, so that clients that came together do not come again together."""
    return random.uniform(0.5, 1.5)  # noqa: S311
