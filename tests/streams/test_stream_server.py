"""The stream server as a process, beside the API."""

import signal
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.nginx import in_front_of
from tests.ports import free_port
from tests.server import Server
from tests.streams.server import STREAM, StreamServer, reading

POSTS = "/api/v1/posts"
# A poll each second, and the time that a busy machine takes.
SOON = 2.5
# `Connection: close` depends on whether a body that nobody reads had arrived before the response was written.
PER_SERVER = {"date", "server", "x-accel-buffering", "connection"}


def publish(api: Server, author: dict[str, str], title: str = "") -> str:
    """Create a post, and return its title."""
    title = title or f"Post {uuid4()}"
    assert api.send("POST", POSTS, {"title": title, "body": "Any"}, **author).status == 201
    return title


def test_a_change_arrives_soon_after_it_was_made(api: Server, streams: StreamServer, author: dict[str, str]) -> None:
    with reading(streams.port) as anonymous, reading(streams.port, headers=author) as signed_in:
        for reader in (anonymous, signed_in):
            reader.reads(publish(api, author))  # All that there was before.
        for _ in range(3):
            title = publish(api, author)
            assert anonymous.reads(title) < SOON
            assert signed_in.reads(title) < SOON


def test_a_scheduled_post_arrives_when_its_time_comes(
    api: Server, streams: StreamServer, author: dict[str, str]
) -> None:
    with reading(streams.port) as reader:
        reader.reads(publish(api, author))
        due = time.time() + 3
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due + 1))
        api.send("POST", POSTS, {"title": "Scheduled", "body": "Any", "published_at": at}, **author)
        reader.reads("Scheduled", within=10)
        assert time.time() >= due


def test_a_client_that_comes_again_misses_nothing_and_gets_nothing_twice(
    api: Server, streams: StreamServer, author: dict[str, str]
) -> None:
    with reading(streams.port) as first:
        first.reads(publish(api, author))
        titles = [publish(api, author) for _ in range(3)]
        first.reads(titles[-1])
    ids = [event["cursor"] for event in first.events()]
    later = [publish(api, author) for _ in range(3)]
    streams.stop(signal.SIGKILL)
    streams.start()
    for last, expected in ((ids[-1], later), (ids[-2], [titles[-1], *later])):
        with reading(streams.port, headers={"Last-Event-ID": last}) as again:
            again.reads(later[-1])
            again.reads(publish(api, author, f"After {last[:8]}"))
        assert [title for title in again.titles if not title.startswith("After")] == expected
        later.append(again.titles[-1])


def test_a_stream_ends_at_the_next_change_after_a_sign_out(api: Server, streams: StreamServer) -> None:
    author, reader_account = api.signed_up(), api.signed_up()
    with reading(streams.port, headers=reader_account) as reader, reading(streams.port, headers=author) as other:
        reader.reads(publish(api, author))
        api.send("DELETE", "/api/auth/app/v1/auth/session", **reader_account)
        title = publish(api, author)
        assert reader.reads_end() < SOON
        other.reads(title)
    assert title not in reader.titles
    with reading(streams.port, headers=reader_account) as refused:
        refused.read(5)
    assert refused.head.startswith("HTTP/1.1 401 ")


def test_anonymous_streams_come_to_share_their_cursor(
    api: Server, streams: StreamServer, author: dict[str, str]
) -> None:
    """Then they share their calls, too, as the tests of one process show."""
    with ExitStack() as stack:
        readers = []
        for _ in range(6):
            readers.append(stack.enter_context(reading(streams.port)))
            readers[-1].reads(publish(api, author))
        title = publish(api, author)
        for reader in readers:
            reader.reads(title)
        cursors = {reader.events("cursor")[-1]["cursor"] for reader in readers}
    assert len(cursors) == 1


def test_drafts_are_sent_to_their_author_alone(api: Server, streams: StreamServer, author: dict[str, str]) -> None:
    with reading(streams.port) as anonymous, reading(streams.port, headers=author) as own:
        title = f"Draft {uuid4()}"
        api.send("POST", POSTS, {"title": title, "body": "Any", "published_at": None}, **author)
        own.reads(title)
        anonymous.reads(publish(api, author))
    assert title not in anonymous.titles


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", f"{STREAM}?type=none", 400),
        ("GET", f"{STREAM}?limit=1", 400),
        ("GET", f"{STREAM}?since=forged", 400),
        ("GET", f"{STREAM}?type=%FF", 400),
        ("POST", STREAM, 405),
        ("POST", f"{STREAM}/", 405),
        ("OPTIONS", STREAM, 204),
        ("GET", "/livez", 200),
        ("GET", "/readyz/", 200),
    ],
)
def test_it_responds_as_the_api_does(api: Server, streams: StreamServer, method: str, target: str, status: int) -> None:
    body = {"title": "x" * 1000} if method == "POST" else None
    given = {"X-Request-ID": "given", "Accept-Encoding": "identity", "Origin": "https://app.example.com"}
    responses = [server.send(method, target, body, **given) for server in (api, streams)]
    expected, actual = [
        (each.status, {k: v for k, v in each.headers.items() if k not in PER_SERVER}, each.body) for each in responses
    ]
    assert actual == expected
    assert actual[0] == status


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer none"}, {"Last-Event-ID": "forged"}])
def test_it_refuses_headers_as_the_api_does(api: Server, streams: StreamServer, headers: dict[str, str]) -> None:
    given = {"X-Request-ID": "given", "Accept": "text/event-stream"} | headers
    responses = [server.send("GET", STREAM, **given) for server in (api, streams)]
    assert responses[0].body == responses[1].body
    assert responses[1].status in {400, 401}


@pytest.mark.parametrize("path", [POSTS, "/", "/static/api.css", "/api/docs", "/api/v1/changes"])
def test_any_other_path_is_not_found(streams: StreamServer, path: str) -> None:
    response = streams.send("GET", path)
    assert response.status == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.body["instance"] == path


def test_a_cursor_of_another_generation_is_gone(api: Server, streams: StreamServer, author: dict[str, str]) -> None:
    with reading(streams.port) as reader:
        reader.reads(publish(api, author))
        with api.connect() as database:
            database.execute(f"UPDATE journal_journalstate SET generation = '{uuid4().hex}'")  # noqa: S608
            database.commit()
        assert reader.reads_end() < SOON
    response = streams.send(
        "GET", f"{STREAM}?type=posts", Last_Event_ID=reader.events()[-1]["cursor"], Accept="text/event-stream"
    )
    assert (response.status, response.code) == (410, "cursor_expired")


def test_an_open_stream_counts_once_and_is_logged_once(api: Server) -> None:
    with api.beside(RATE_LIMIT_ANON="3/min") as limited, StreamServer(limited).running() as streams:
        author = limited.signed_up()
        with reading(streams.port, headers={"X-Request-ID": "counted"}) as reader:
            for _ in range(5):
                reader.reads(publish(limited, author))
        assert streams.send("GET", f"{STREAM}?type=none").headers["ratelimit"].startswith('"anon";r=')
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and not (lines := _lines_of(streams, "counted"))[1:]:
            time.sleep(0.1)
    assert [(line["event"], line.get("reason")) for line in lines] == [("request", None), ("stream_ended", "left")]


def _lines_of(streams: StreamServer, request_id: str) -> list[dict[str, object]]:
    return [line for line in streams.lines if line.get("request_id") == request_id]


def test_a_client_that_does_not_read_delays_no_other(
    api: Server, streams: StreamServer, author: dict[str, str]
) -> None:
    with reading(streams.port, buffer=4096), reading(streams.port) as reader:
        reader.reads(publish(api, author))
        for _ in range(20):
            api.send("POST", POSTS, {"title": "Long", "body": "x" * 100_000}, **author)
        for _ in range(3):
            assert reader.reads(publish(api, author)) < 2 * SOON


def test_sigterm_ends_all_streams_at_once(api: Server, author: dict[str, str]) -> None:
    with StreamServer(api).running() as stopped, reading(stopped.port) as first, reading(stopped.port) as second:
        title = publish(api, author)
        for reader in (first, second):
            reader.reads(title)
        begun = time.monotonic()
        assert stopped.stop() == 0
        assert time.monotonic() - begun < 5
        for reader in (first, second):
            reader.reads_end(within=1)


def test_nginx_passes_on_changes_at_once_and_both_spellings(
    api: Server, streams: StreamServer, author: dict[str, str], tmp_path: Path
) -> None:
    with in_front_of([api.port], tmp_path, streams=streams.port) as port:
        for query in ("?type=posts", "/?type=posts"):
            with reading(port, query) as reader:
                reader.reads(publish(api, author))
                title = publish(api, author)
                assert reader.reads(title) < SOON


def test_nginx_falls_back_to_the_api_without_a_stream_server(
    api: Server, author: dict[str, str], tmp_path: Path
) -> None:
    with in_front_of([api.port], tmp_path, streams=free_port()) as port:
        title = publish(api, author)
        with reading(port) as reader:
            reader.reads(title)
    assert reader.received.endswith(b"retry: 3000\n\n")


def test_a_client_that_leaves_is_forgotten(api: Server, streams: StreamServer, author: dict[str, str]) -> None:
    with reading(streams.port, headers={"X-Request-ID": "leaving"}) as reader:
        reader.reads(publish(api, author))
    deadline = time.monotonic() + 5
    while not _lines_of(streams, "leaving")[1:]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
