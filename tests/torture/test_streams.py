"""Streams of changes that are interrupted again and again, as a browser's EventSource reads them."""

import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.clients.project import NODE, PACKAGES
from tests.nginx import in_front_of
from tests.server import Server, serving
from tests.streams.server import STREAM, StreamServer
from tests.torture.client import RetryingClient
from tests.torture.journal import Journal
from tests.torture.load import TIMEOUT
from tests.torture.results import IN_FULL, Result, rounds

STREAMS = 500 if IN_FULL else 20
PROGRAM = Path(__file__).parent / "event_sources.mjs"
BETWEEN = 5.0 if IN_FULL else 1.5  # Seconds from one interruption to the next.


@dataclass
class Writer:
    """Publishes posts, one after the other, until it is stopped. It sends a post again until it is acknowledged."""

    api: Server
    titles: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def writing(self) -> Iterator[None]:
        client = RetryingClient([self.api.url], Journal(), timeout=TIMEOUT)
        client.sign_up()
        thread = threading.Thread(target=self._write, args=(client,))
        thread.start()
        try:
            yield
        finally:
            self.stopped.set()
            thread.join()
            client.close()

    def _write(self, client: RetryingClient) -> None:
        while not self.stopped.wait(0.1):
            title = f"Post {uuid4()}"
            response = client.send("POST", "/api/v1/posts", {"title": title, "body": "Any"}, key=uuid4().hex)
            assert response, title
            assert response.status == 201, response
            self.titles.append(title)


@dataclass
class EventSources:
    """Streams in a process of Node.js."""

    process: "subprocess.Popen[str]"

    def report(self) -> list[dict[str, Any]]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        streams: list[dict[str, Any]] = json.loads(self.process.stdout.readline())
        return streams

    def wait(self, condition: Callable[[dict[str, Any]], bool], *, seconds: float) -> float:
        """Wait until the condition is true of each stream, and return the seconds that it took."""
        begun = time.monotonic()
        while not all(map(condition, self.report())) and time.monotonic() < begun + seconds:
            time.sleep(0.2)
        return time.monotonic() - begun


@contextmanager
def event_sources(url: str) -> Iterator[EventSources]:
    if not (PACKAGES / "eventsource").exists():
        pytest.skip("npm's packages: not installed (make packages)")
    command = [str(NODE), str(PROGRAM), url, str(STREAMS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            sources = EventSources(process)
            sources.wait(lambda stream: stream["opened"] > 0, seconds=60)
            yield sources
        finally:
            process.terminate()


Interrupted = Server | StreamServer


def restart(server: Interrupted) -> None:
    server.stop()
    time.sleep(1)  # In the meantime, the API serves the streams, if it is not the one that restarts.
    server.start()


def crash(server: Interrupted) -> None:
    server.stop(signal.SIGKILL)
    server.start()


def kill_the_worker(server: Interrupted) -> None:
    assert server.process
    pid = server.process.pid
    for worker in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        os.kill(int(worker), signal.SIGKILL)


def reload(server: Interrupted) -> None:
    assert server.process
    server.process.send_signal(signal.SIGHUP)
    time.sleep(20)  # More than `--respawn-interval`.


def interrupt(server: Interrupted, ways: Sequence[Callable[[Interrupted], None]], times: range) -> None:
    for number in times:
        time.sleep(BETWEEN)
        ways[number % len(ways)](server)
    time.sleep(BETWEEN)


def test_no_event_is_lost_or_repeated_when_the_stream_server_is_interrupted(tmp_path: Path) -> None:
    with ExitStack() as stack:
        api = stack.enter_context(serving(tmp_path))
        streams = stack.enter_context(StreamServer(api).running())
        port = stack.enter_context(in_front_of([api.port], tmp_path, streams=streams.port))
        sources = stack.enter_context(event_sources(f"http://127.0.0.1:{port}{STREAM}?type=posts"))
        writer = Writer(api)
        with writer.writing():
            interrupt(streams, [restart, crash, kill_the_worker, reload], rounds(12, otherwise=2))
        result = outcome(sources, writer.titles, "Streams through nginx, the stream server is interrupted").keep()
    assert result.faultless, result


def test_no_event_is_lost_or_repeated_without_a_stream_server(tmp_path: Path) -> None:
    """The API ends each response after the current events, and the clients come again, also after its restart."""
    with ExitStack() as stack:
        api = stack.enter_context(serving(tmp_path))
        port = stack.enter_context(in_front_of([api.port], tmp_path))
        sources = stack.enter_context(event_sources(f"http://127.0.0.1:{port}{STREAM}?type=posts"))
        writer = Writer(api)
        with writer.writing():
            interrupt(api, [restart, crash, reload], rounds(6, otherwise=2))
        result = outcome(sources, writer.titles, "Streams through nginx, without a stream server").keep()
    assert result.faultless, result


def outcome(sources: EventSources, titles: list[str], campaign: str) -> Result:
    """Compare what each stream has received with what was written."""
    last = sources.wait(lambda stream: len(stream["titles"]) >= len(titles), seconds=60)
    report, expected = sources.report(), Counter(titles)
    received = [Counter(stream["titles"]) for stream in report]
    return Result(
        campaign=campaign,
        faults=sum(stream["opened"] - 1 for stream in report),
        tries=len(titles),
        acknowledged=len(titles),
        doubtful=0,
        lost=sum((expected - each).total() for each in received),
        duplicated=sum((each - expected).total() for each in received),
        wrong=[stream["refused"] for stream in report if stream["refused"]],
        pause=round(last, 2),
        recovery=None,
    )
