"""The production server, with a database of its own, for tests that need several processes at once."""

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import psycopg

from api_project.server import HOST, OPTIONS
from tests import processes
from tests.databases import empty_database, postgresql_options, url_of
from tests.ports import free_port
from tests.postgresql import PROGRAMS
from tests.processes import ROOT as ROOT

T = TypeVar("T")

PASSWORD = "correct-horse-battery-staple"


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        """The code of the first error, or of the problem."""
        return str(self.body["errors"][0]["code"] if "errors" in self.body else self.body["code"])


@dataclass
class Server:
    """Two worker processes. Except in a full campaign, they share what their parent has loaded (`tests.workers`)."""

    name: str  # The name of the database.
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    options: str = ""  # Options of database connections, as in a URL.
    port: int = 0  # The server keeps its port when it starts again.
    postgresql_url: str = ""  # The URL of PostgreSQL without the database, if it is not the test run's own.
    application: str = "tests.race_app:load"
    arguments: tuple[str, ...] = ()  # Of the command that serves, in place of production's.
    module: str = "api_project.workers" if os.environ.get("TORTURE") else "tests.workers"
    process: processes.Process | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        self.port = self.port or free_port()
        options = (*OPTIONS, *self.arguments, f"--host={HOST}", f"--port={self.port}", "--workers=2")
        command = ("-m", self.module, *options, "--factory", self.application)
        with (self.directory / "log").open("ab") as log, Path(os.devnull).open("wb") as output:
            self.process = processes.start(*command, environment=self.variables, output=output, errors=log)
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End all of its processes; SIGKILL gives none of them time to finish anything."""
        if self.process:
            os.killpg(self.process.pid, how)
            self.process.wait()
            self.process = None

    @contextmanager
    def running(self) -> "Iterator[Server]":
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def beside(self, *, options: str = "", **environment: str) -> "AbstractContextManager[Server]":
        """Another server for the same database."""
        return Server(self.name, self.directory, environment, options).running()

    @property
    def workers(self) -> list[int]:
        """The ids of its worker processes."""
        assert self.process
        main = self.process.pid
        return [int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()]

    @property
    def memory(self) -> int:
        """The resident memory of all of its processes, in bytes."""
        assert self.process
        statuses = (Path(f"/proc/{pid}/status").read_text() for pid in (self.process.pid, *self.workers))
        return sum(int(status.partition("VmRSS:")[2].split()[0]) for status in statuses) * 1024

    def migrate(self) -> None:
        self.manage("migrate", "-v0")

    def manage(self, *command: str, **environment: str) -> None:
        """Run a command of manage.py, which finds the programs of PostgreSQL. Raises CalledProcessError if it fails."""
        path = os.pathsep.join([str(PROGRAMS), os.environ["PATH"]])
        variables = {**self.variables, "PATH": path, **environment}
        processes.run("manage.py", *command, environment=variables, check=True)

    def count(self, table: str, condition: str = "true") -> int:
        """The number of rows, read from the database itself."""
        with self.connect() as database:
            ((count,),) = database.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchall()  # noqa: S608
        return int(count)

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """A connection to the server's database; its transaction ends with it."""
        path = self.directory / "db.sqlite3"
        made = sqlite3.connect(path) if path.exists() else psycopg.connect(**postgresql_options(self.name))
        with closing(made):
            yield made

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        http = HTTPConnection(HOST, self.port, timeout=60)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            http.request(
                method,
                path,
                None if body is None else json.dumps(body),
                given if body is None else {"Content-Type": "application/json", **given},
            )
            response = http.getresponse()
            content = response.read()
            return Response(response.status, dict(response.headers), json.loads(content) if content else None)
        finally:
            http.close()

    def signed_up(self, role: str = "member", username: str = "") -> dict[str, str]:
        """The Authorization header of a new user."""
        username = username or f"user-{uuid4().hex[:20]}"
        self.send("POST", "/api/v1/users", {"username": username, "email": f"{username}@a.org", "password": PASSWORD})
        with self.connect() as database:
            database.execute(f"UPDATE users_user SET role = '{role}' WHERE username = '{username}'")  # noqa: S608
            database.commit()
        login = self.send("POST", "/api/auth/app/v1/auth/login", {"username": username, "password": PASSWORD})
        return {"Authorization": f"Bearer {login.body['meta']['access_token']}"}

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its processes, for other processes that use the same database."""
        url = f"{url_of(self.name, root=self.postgresql_url)}?{self.options}"
        own = {"DATABASE_URL": url, "COUNTERS_PATH": str(self.directory / "counters.sqlite3")}
        return {**os.environ, **own, **self.environment}

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):
                if self.send("GET", "/livez").status == 200:
                    return
            time.sleep(0.05)
        raise TimeoutError((self.directory / "log").read_text())


@contextmanager
def serving(
    directory: Path, *, postgresql_url: str = "", application: str = "tests.race_app:load", **environment: str
) -> Iterator[Server]:
    """A server with an empty database on the engine of the test run."""
    with empty_database(directory) as name:
        server = Server(name, directory, environment, postgresql_url=postgresql_url, application=application)
        with server.running():
            yield server


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of the calls, all made at the same time."""
    begin = threading.Barrier(len(calls))

    def call(each: Callable[[], T]) -> T:
        begin.wait()
        return each()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))
