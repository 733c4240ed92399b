"""What an open stream does, whatever its events are. `test_changes.py` runs real servers."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from functools import wraps
from itertools import groupby
from typing import Any

import pytest
from django.utils import timezone

from api_project.streams import hub, stream
from tests.streams.in_process import Api, connect, living

TOKEN = "Bearer token"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(stream, "MAX_RETRY_DELAY", 0.02)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def in_event_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@in_event_loop
async def test_a_stream_begins_with_the_events_of_the_response_and_continues_with_new_ones() -> None:
    async with living(api := Api(["a", "b"])) as app:
        client = connect(app)
        await client.gets("a", "b")
        api.events.append("c")
        await client.gets("a", "b", "c")
        api.events += ["d", "e"]
        await client.gets("a", "b", "c", "d", "e")
        assert client.is_open


@in_event_loop
async def test_a_stream_has_the_headers_of_the_response_but_no_length_and_no_buffering() -> None:
    async with living(Api()) as app:
        client = connect(app)
        await client.until(lambda: "retry: " in client.received)
        start = client.messages[0]
        assert start["status"] == 200
        assert dict(start["headers"]) == {
            b"content-type": b"text/event-stream",
            b"x-request-id": b"given",
            b"x-accel-buffering": b"no",
        }
        assert "retry: 3000" not in client.received


@in_event_loop
async def test_pages_are_fetched_without_a_poll_until_there_is_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "POLL_SECONDS", 3600)
    async with living(api := Api([*"abcdefg"], page_size=3)) as app:
        await connect(app).gets(*"abcdefg")
        assert [call.get("HTTP_LAST_EVENT_ID", "") for call in api.calls] == ["", "3", "6"]


@in_event_loop
async def test_later_pages_are_fetched_until_there_is_no_more() -> None:
    async with living(api := Api([*"abcdefg"], page_size=3)) as app:
        client = connect(app)
        await client.gets(*"abcdefg")
        api.events += [*"hijklm"]
        await client.gets(*"abcdefghijklm")
        ids = [call.get("HTTP_LAST_EVENT_ID", "") for call in api.calls]
        assert [each for each, _repeats in groupby(ids)] == ["", "3", "6", "7", "10"]


@in_event_loop
async def test_a_cursor_without_changes_waits_for_the_next_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_AFTER", 0.3)
    async with living(api := Api(["a"])) as app:
        client = connect(app)
        await client.gets("a")
        await client.until(lambda: app.hub.generation == 1)
        before = client.received
        api.seen = -1  # The poll sees news, which this client may not see.
        await client.until(lambda: len(api.calls) == 3)
        await asyncio.sleep(0.05)
        assert client.received == before
        await client.until(lambda: client.received != before)
        assert client.received.removeprefix(before) == 'id: 1\nevent: cursor\ndata: {"has_more":false}\n\n'


@in_event_loop
async def test_a_repeat_asks_for_what_comes_after_the_last_event_and_is_marked() -> None:
    async with living(api := Api(["a"])) as app:
        client = connect(app, query="type=posts&since=0&type=users", authorization=TOKEN)
        await client.gets("a")
        api.events.append("b")
        await client.gets("a", "b")
    first, repeat = api.calls[0], api.calls[1]
    assert (first["QUERY_STRING"], first.get("HTTP_LAST_EVENT_ID")) == ("type=posts&since=0&type=users", None)
    assert (repeat["QUERY_STRING"], repeat["HTTP_LAST_EVENT_ID"]) == ("type=posts&type=users", "1")
    assert (repeat["HTTP_AUTHORIZATION"], repeat["HTTP_X_REQUEST_ID"]) == (TOKEN, "given")
    assert "api_project.repeat_at" not in first
    assert repeat["api_project.repeat_at"] <= timezone.now()


@in_event_loop
async def test_anonymous_streams_share_a_repeat_and_streams_with_credentials_do_not() -> None:
    async with living(api := Api(["a"])) as app:
        clients = [connect(app) for _ in range(20)]
        clients += [
            connect(app, authorization=TOKEN),
            connect(app, cookie="sessionid=x"),
            connect(app, query="type=posts"),
        ]
        clients += [connect(app, cookie="analytics=x")]  # It says nothing about the caller.
        for client in clients:
            await client.gets("a")
        api.calls.clear()
        await asyncio.sleep(0.1)
        first_news = len(api.calls)
        api.events.append("b")
        for client in clients:
            await client.gets("a", "b")
        await asyncio.sleep(0.1)
    repeats = [call for call in api.calls[first_news:] if call["HTTP_LAST_EVENT_ID"] == "1"]
    assert sorted(call.get("HTTP_AUTHORIZATION", "") + call.get("HTTP_COOKIE", "") for call in repeats)[2:] == [
        TOKEN,
        "sessionid=x",
    ]
    assert len(repeats) == 4


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "410 Gone"])
@in_event_loop
async def test_a_repeat_that_is_refused_ends_the_stream(status: str) -> None:
    async with living(api := Api(["a"])) as app:
        client = connect(app, authorization=TOKEN)
        await client.gets("a")
        api.status = status
        api.events.append("b")
        await client.until(lambda: not client.is_open)
    assert client.data == ["a"]
    assert client.messages[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


@in_event_loop
async def test_a_repeat_that_fails_is_repeated_until_it_succeeds() -> None:
    async with living(api := Api(["a"])) as app:
        client = connect(app)
        await client.gets("a")
        api.status = "503 Service Unavailable"
        api.events.append("b")
        await client.until(lambda: len(api.calls) > 5)
        api.status = "200 OK"
        await client.gets("a", "b")


@in_event_loop
async def test_after_a_poll_that_failed_streams_look_for_news_themselves() -> None:
    async with living(api := Api(["a"])) as app:
        client = connect(app)
        await client.gets("a")
        api.error = OSError("No database")
        await client.until(lambda: app.hub.is_failing)
        calls = len(api.calls)
        api.events.append("b")
        api.seen = 2  # The failed poll had seen it.
        app.hub.generation += 1
        connect(app)
        await client.until(lambda: len(api.calls) == calls + 1)
        await asyncio.sleep(0.1)
        assert len(api.calls) == calls + 1  # Until the database is back, no stream asks it.
        api.error = None
        await client.gets("a", "b")


@in_event_loop
async def test_a_response_that_is_no_stream_is_passed_on_as_it_is() -> None:
    async with living(api := Api(status="429 Too Many Requests")) as app:
        client = connect(app)
        await client.until(lambda: not client.is_open)
    assert client.messages == [
        {
            "type": "http.response.start",
            "status": 429,
            "headers": [
                (b"content-type", b"application/problem+json"),
                (b"content-length", b"1"),
                (b"x-request-id", b"given"),
            ],
        },
        {"type": "http.response.body", "body": b"{}", "more_body": False},
    ]
    assert len(api.calls) == 1


@in_event_loop
async def test_head_gets_no_stream() -> None:
    async with living(Api(["a"])) as app:
        client = connect(app, method="HEAD")
        await client.until(lambda: not client.is_open)


@in_event_loop
async def test_a_silent_stream_sends_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_AFTER", 0.05)
    async with living(Api(["a"])) as app:
        client = connect(app)
        await client.until(lambda: client.received.endswith('{"has_more":false}\n\n:\n\n:\n\n'))


@in_event_loop
async def test_a_stream_ends_after_its_lifetime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LIFETIME", 0.2)
    async with living(Api(["a"])) as app:
        client = connect(app)
        await client.until(lambda: not client.is_open)
    assert client.data == ["a"]


@in_event_loop
async def test_a_client_that_does_not_read_is_given_up_and_delays_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SEND_TIMEOUT", 0.5)
    async with living(api := Api(["a"])) as app:
        slow, quick = connect(app), connect(app)
        await slow.gets("a")
        slow.is_reading = False
        for number in range(10):
            api.events.append(f"{number}" * 50_000)
            await quick.gets(*api.events)
        assert slow.is_open
        await slow.until(lambda: not slow.is_open)
        assert quick.is_open


@in_event_loop
async def test_of_too_many_streams_the_client_with_the_most_loses_its_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_STREAMS", 4)
    async with living(Api(["a"])) as app:
        clients = [connect(app, x_forwarded_for=address) for address in ("10.0.0.1", *["10.0.0.2"] * 3)]
        for client in clients:
            await client.gets("a")

        other = connect(app, x_forwarded_for="10.0.0.3")
        await other.gets("a")
        await clients[1].until(lambda: not clients[1].is_open)
        assert [client.is_open for client in [*clients, other]] == [True, False, True, True, True]

        same = connect(app, x_forwarded_for="10.0.0.2")
        await same.until(lambda: not same.is_open)
        assert same.data == ["a"]
        assert same.received.endswith("retry: 3000\n\n")  # As without a stream server.


@in_event_loop
async def test_without_a_stream_nothing_is_polled() -> None:
    async with living(api := Api(["a"])) as app:
        client = connect(app)
        await client.until(lambda: api.polls > 0)
        client.left.set()
        await client.until(lambda: not client.is_open)
        await asyncio.sleep(0.05)
        before = api.polls
        await asyncio.sleep(0.1)
        assert api.polls == before


@in_event_loop
async def test_a_stop_ends_streams_at_once_and_also_those_whose_client_does_not_read() -> None:
    async with living(api := Api(["a"])) as app:
        clients = [connect(app) for _ in range(3)]
        for client in clients:
            await client.gets("a")
        clients[0].is_reading = False
        api.events.append("b")
        await clients[1].gets("a", "b")
        signal.raise_signal(signal.SIGTERM)
        await clients[1].until(lambda: not clients[1].is_open and not clients[2].is_open)
        clients[0].is_reading = True
        await clients[0].until(lambda: not clients[0].is_open)
    assert clients[1].messages[-1]["more_body"] is False
