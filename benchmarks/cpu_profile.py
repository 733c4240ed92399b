"""The CPU time of a request by stage, in one thread and without a server, and the time of its SQL alone.

    PYTHONPATH=. DATABASE_URL=postgresql://… benchmarks/.venv/api/bin/python benchmarks/cpu_profile.py

takes a database that `make bench` has loaded, or any other with the demo's content. It changes the database: W3 writes.
"""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import systems
from systems import AUTHOR, PASSWORD

os.environ |= {**systems.ours().environment, "DJANGO_SETTINGS_MODULE": "api_project.settings"}

from django.db import connection

from api_project.wsgi import application

POSTS, LOGIN = "/api/v1/posts", "/api/auth/app/v1/auth/login"
SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
# Assigns a line of code to a stage by its file. A helper that is not listed counts for its caller.
STAGES = {
    "the database: statements and rows": ("/psycopg/", "/django/db/", "/api_project/db/"),
    "authentication, permissions": ("/users/", "authentication", "permissions", "http/throttling/", "/jwt/"),
    "JSON": ("representation/renderers",),
    "the request's log line": ("/structlog/", "middleware/request_log", "project/log_config"),
    "reading the body and validating it": ("request/parsers", "request/body", "representation/fields",
        "representation/serializers", "/rest_framework/fields", "/rest_framework/serializers",
        "/rest_framework/validators", "posts/serializers", "posts/slugs"),
    "writing": ("viewsets/write", "http/idempotency/", "posts/services", "posts/search/", "posts/models"),
    "the page: parameters, rows, links, tags": ("http/listing/", "http/viewsets/", "http/representation/",
        "http/conditional/", "request/query_params", "request/path_keys", "/posts/"),
    "middleware": ("/api_project/", "/django/middleware/", "/corsheaders/", "/whitenoise/", "/allauth/",
        "/django/contrib/"),
    "Django REST Framework": ("/rest_framework/",),
    "routing": ("/django/urls/",),
    "Django: request, response, signals": ("/django/core/handlers/", "/django/dispatch/", "/django/http/"),
}  # fmt: skip
REST = "the rest"


class Caller:
    """A client in the same thread."""

    def __init__(self) -> None:
        self.bearer: dict[str, str] = {}

    def fetch(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[dict[str, str], bytes]:
        content = json.dumps(body).encode() if body else b""
        seen: dict[str, str] = {}
        address, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": address, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_ACCEPT": "application/json", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(content)),
            "wsgi.input": io.BytesIO(content), "wsgi.url_scheme": "http", "SCRIPT_NAME": "", **self.bearer, **headers,
        }  # fmt: skip

        def start(status: str, given: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
            seen.update(given, status=status)
            return sys.stdout.buffer.write

        response = application(environ, start)
        result = b"".join(response)
        response.close()
        if seen["status"][0] not in "23":
            raise SystemExit(f"{method} {path}: {seen['status']} {result[:500]!r}")
        return seen, result

    def sign_in(self) -> None:
        _headers, result = self.fetch(LOGIN, "POST", {"username": AUTHOR, "password": PASSWORD})
        self.bearer = {"HTTP_AUTHORIZATION": f"Bearer {json.loads(result)['meta']['access_token']}"}


def works(caller: Caller) -> Iterator[tuple[str, Callable[[], object]]]:
    headers, response = caller.fetch(POSTS)
    found = [post["id"] for post in json.loads(response)["results"]]
    pages = following(caller, 400)
    yield "W1 list, cached", lambda: caller.fetch(POSTS)
    yield "W1 list, made", lambda: caller.fetch(next(pages))
    yield "W6 list, 304", lambda: caller.fetch(POSTS, HTTP_IF_NONE_MATCH=headers["ETag"])
    yield "W2 one post", lambda: caller.fetch(f"{POSTS}/{found[0]}")
    writer, run = Caller(), f"{time.time_ns():x}"
    writer.sign_in()
    rest = {"body": "word " * 300, "tags": ["tea", "trains", "maps"]}
    bodies = ({"title": f"Benchmark {run} {number}", **rest} for number in count())
    yield "W3 create, 3 tags", lambda: writer.fetch(POSTS, "POST", next(bodies))


def following(caller: Caller, number: int) -> Iterator[str]:
    """The links of `count` pages in turn, more than the cache holds."""
    pages = [POSTS]
    for _ in range(number):
        pages.append(json.loads(caller.fetch(pages[-1])[1])["next"].removeprefix("http://127.0.0.1"))
    while True:
        yield from pages


def profiled(work: Callable[[], object]) -> dict[str, float]:
    """Microseconds a request, by stage. It samples the stack each millisecond of CPU time."""
    samples: Counter[str] = Counter()

    def sample(_signal: int, frame: FrameType | None) -> None:
        samples[_stage(frame)] += 1

    for _ in range(50):
        work()
    signal.signal(signal.SIGPROF, sample)
    begun, requests = time.process_time(), 0
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    while time.process_time() - begun < SECONDS:
        work()
        requests += 1
    signal.setitimer(signal.ITIMER_PROF, 0)
    each = (time.process_time() - begun) / requests * 1e6
    return {stage: each * number / samples.total() for stage, number in samples.items()} | {"all": each}


def _stage(frame: FrameType | None) -> str:
    while frame:
        path = frame.f_code.co_filename
        for stage, places in STAGES.items():
            if any(place in path for place in places):
                return stage
        frame = frame.f_back
    return REST


@contextmanager
def recorded() -> Iterator[list[tuple[str, Any]]]:
    statements: list[tuple[str, Any]] = []

    def record(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(record):
        yield statements


def by_pgbench(program: str, statements: list[tuple[str, Any]]) -> str:
    """The time that PostgreSQL takes for the statements alone, prepared, as pgbench sends them on one connection."""
    import psycopg

    cursor = psycopg.ClientCursor(connection.connection)
    texts = [cursor.mogrify(sql, params).replace("\n", " ") for sql, params in statements]
    given: dict[str, Any] = connection.settings_dict
    place = [("-h", given["HOST"]), ("-p", given["PORT"]), ("-U", given["USER"])]
    options = [part for option, value in place if value for part in (option, str(value))]
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "script")
        script.write_text("".join(f"{text};\n" for text in texts))
        command: list[Any] = [program, "-n", "-c1", f"-T{max(1, round(SECONDS))}", "-Mprepared", "-f", script, *options]
        printed: str = subprocess.run([*command, given["NAME"]], check=True, capture_output=True, text=True).stdout
    return next(line for line in printed.splitlines() if line.startswith("latency average"))


def main() -> None:
    caller, columns, alone = Caller(), {}, {}
    program = shutil.which(os.environ.get("PGBENCH", "pgbench"))
    for name, work in works(caller):
        columns[name] = profiled(work)
        with recorded() as statements:
            work()
        is_reading = all(sql.lstrip().startswith("SELECT") for sql, _params in statements)
        if program and connection.vendor == "postgresql" and is_reading:
            alone[name] = by_pgbench(program, statements)
    print(table(columns))  # noqa: T201
    for name, line in alone.items():
        print(f"{name}, its SQL by pgbench: {line}")  # noqa: T201


def table(columns: Mapping[str, Mapping[str, float]]) -> str:
    names = [*STAGES, REST, "all"]
    lines = [["CPU of the process, µs a request", *columns], ["---", *("---:" for _ in columns)]]
    lines += [[name, *(f"{column.get(name, 0):.0f}" for column in columns.values())] for name in names]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
