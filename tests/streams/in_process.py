"""The application of the stream server in the test's own event loop, in front of an API whose responses a test sets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from api_project.streams.app import StreamApp
from api_project.streams.asgi import Message, Scope

PATH = "/api/v1/changes/stream"


@dataclass
class Api:
    """A WSGI application with the events of a list; the id of an event is its place."""

    events: list[str] = field(default_factory=list)
    page_size: int = 100
    status: str = "200 OK"
    calls: list[dict[str, Any]] = field(default_factory=list)
    seen: int = 0
    error: Exception | None = None  # Of the poll.
    polls: int = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> "Parts":
        self.calls.append(environ)
        environ["REMOTE_ADDR"] = environ.get("HTTP_X_FORWARDED_FOR", environ["REMOTE_ADDR"])
        is_stream = self.status == "200 OK"
        kind = "text/event-stream" if is_stream else "application/problem+json"
        start_response(self.status, [("Content-Type", kind), ("Content-Length", "1"), ("X-Request-ID", "given")])
        since = int(environ.get("HTTP_LAST_EVENT_ID") or 0)
        page = self.events[since : since + self.page_size]
        last, has_more = since + len(page), json.dumps(since + len(page) < len(self.events))
        events = [f"id: {n}\nevent: change\ndata: {data}\n\n" for n, data in enumerate(page, since + 1)]
        end = f'id: {last}\nevent: cursor\ndata: {{"has_more":{has_more}}}\nretry: 3000\n\n'
        return Parts(["".join([*events, end]).encode() if is_stream else b"{}"])

    def has_news(self) -> bool:
        self.polls += 1
        if self.error:
            raise self.error
        before, self.seen = self.seen, len(self.events)
        return before != self.seen


class Parts(list[bytes]):
    def close(self) -> None:
        pass


@dataclass
class Client:
    """A client of the application, and what it has received."""

    app: StreamApp
    scope: Scope
    messages: list[Message] = field(default_factory=list)
    is_reading: bool = True

    def __post_init__(self) -> None:
        self.left, self.has_sent = asyncio.Event(), False
        self.task = asyncio.create_task(self.app(self.scope, self.receive, self.send))

    async def receive(self) -> Message:
        if not self.has_sent:
            self.has_sent = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        while not self.is_reading:
            await asyncio.sleep(0.01)
        self.messages.append(message)

    @property
    def received(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()

    @property
    def data(self) -> list[str]:
        blocks = self.received.split("\n\n")
        return [block.partition("data: ")[2] for block in blocks if "event: change\n" in block]

    @property
    def is_open(self) -> bool:
        return not self.task.done()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)

    async def gets(self, *data: str) -> None:
        """Wait until these are the data of all events that the client has received."""
        await self.until(lambda: self.data == list(data))


def connect(app: StreamApp, *, query: str = "", method: str = "GET", path: str = PATH, **headers: str) -> Client:
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "server": ("127.0.0.1", "8001"),
        "client": ("127.0.0.1", "5000"),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    return Client(app, scope)


@asynccontextmanager
async def living(api: Any) -> AsyncIterator[StreamApp]:
    """The application, from the start to the end of its process."""
    app, begin, end = StreamApp(api, api), asyncio.Event(), asyncio.Event()
    messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Message:
        message = next(messages)
        if message == "lifespan.shutdown":
            begin.set()
            await end.wait()
        return {"type": message}

    async def send(_message: Message) -> None:
        pass

    life = asyncio.create_task(app({"type": "lifespan"}, receive, send))
    await begin.wait()
    try:
        yield app
    finally:
        app.hub.stop()
        end.set()
        await life
