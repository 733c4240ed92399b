"""Two machines with PostgreSQL behind HAProxy, one a replica of the other: with a manual failover, or under Patroni."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Protocol

import psycopg

from api_project.server import HOST
from tests.server import ROOT
from tests.torture.netns import HERE, USER, Machine
from tests.waiting import wait_until

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/nowhere"))
PATH = f"{PROGRAMS}:{os.environ['PATH']}"
DATABASE, PASSWORD = "api", "a-password"
HAPROXY, PATRONI = ROOT / "deploy" / "haproxy", ROOT / "deploy" / "patroni" / "patroni.yml"
PROBE = "INSERT INTO probes VALUES (1)"


class Pair(Protocol):
    port: int  # The port at which HAProxy leads to the primary.
    primary: Machine
    other: Machine

    def fail_over(self) -> None:
        """Make the other machine the primary, if that takes an operator."""

    def boot(self) -> None:
        """Start the programs of the killed machine again, as they were configured."""

    def rejoin(self) -> None:
        """Make the former primary a replica of the new one, so that both machines are as before."""


@dataclass
class ByHand:
    primary: Machine
    other: Machine
    port: int
    directory: Path
    synchronous: bool

    def set_up(self) -> None:
        data = self._data(self.primary)
        self.primary.run(f"{PROGRAMS}/initdb", "--auth=trust", "--encoding=UTF8", "--no-locale", "-U", USER, data)
        standby = "*" if self.synchronous else ""
        with Path(data, "postgresql.conf").open("a") as file:
            file.write(
                "listen_addresses = '*'\nwal_log_hints = on\nwal_keep_size = 1GB\n"
                f"synchronous_standby_names = '{standby}'\n"
            )
        with Path(data, "pg_hba.conf").open("a") as file:
            file.write("host all,replication all samenet trust\n")
        self._start(self.primary)
        wait_until(lambda: is_up(self.primary))
        on(self.primary, "SET synchronous_commit = local; CREATE TABLE probes (n int)", autocommit=False)
        source = ("-h", self.primary.address, "-U", USER, "--checkpoint=fast", "--write-recovery-conf")
        self.other.run(f"{PROGRAMS}/pg_basebackup", *source, "-D", self._data(self.other))
        self._start(self.other)
        self._await_streaming()
        on(self.primary, f"CREATE DATABASE {DATABASE}")

    def fail_over(self) -> None:
        script = [str(HAPROXY / "promote.sh"), self.primary.name, self.other.name]
        given = {"PGHOST": self.other.address, "PGUSER": USER}
        subprocess.run(script, check=True, env={**os.environ, **self.haproxy, **given}, timeout=30)
        self.primary, self.other = self.other, self.primary

    def boot(self) -> None:
        self._start(self.other)
        wait_until(lambda: is_up(self.other))

    def rejoin(self) -> None:
        variables = {"PGDATA": self._data(self.other), "PGHOST": self.primary.address, "PGUSER": USER, "PATH": PATH}
        self.other.run(str(HAPROXY / "follow.sh"), **variables)
        self._start(self.other)
        self._await_streaming()
        if self.synchronous:
            on(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
            on(self.primary, "SELECT pg_reload_conf()")
            self._await_streaming("sync")

    @property
    def haproxy(self) -> dict[str, str]:
        return {"HAPROXY_SOCKET": str(self.directory / "haproxy"), "HAPROXY_STATE": str(self.directory / "state")}

    def _data(self, machine: Machine) -> str:
        return str(machine.directory / "data")

    def _start(self, machine: Machine) -> None:
        machine.start(f"{PROGRAMS}/postgres", "-D", self._data(machine))

    def _await_streaming(self, state: str = "") -> None:
        condition = f"state = 'streaming' AND sync_state LIKE '%{state}'"
        sql = f"SELECT count(*) FROM pg_stat_replication WHERE {condition}"  # noqa: S608
        wait_until(lambda: on(self.primary, sql) == [(1,)])


@dataclass
class UnderPatroni:
    primary: Machine
    other: Machine
    port: int
    etcd: int

    def set_up(self) -> None:
        for machine in (self.primary, self.other):
            self._start(machine)
            wait_until(lambda machine=machine: says(machine, "/health"))  # type: ignore[misc]
        wait_until(lambda: says(self.primary, "/primary") and says(self.other, "/synchronous"))
        on(self.primary, "CREATE TABLE probes (n int)")
        on(self.primary, f"CREATE DATABASE {DATABASE}")

    def fail_over(self) -> None:
        wait_until(lambda: says(self.other, "/primary"))
        self.primary, self.other = self.other, self.primary

    def boot(self) -> None:
        self._start(self.other)

    def rejoin(self) -> None:
        wait_until(lambda: says(self.other, "/synchronous"))

    def _start(self, machine: Machine) -> None:
        machine.start(
            "patroni",
            str(PATRONI),
            PATRONI_NAME=machine.name,
            PATRONI_RESTAPI_CONNECT_ADDRESS=f"{machine.address}:8008",
            PATRONI_POSTGRESQL_CONNECT_ADDRESS=f"{machine.address}:5432",
            PATRONI_POSTGRESQL_DATA_DIR=str(machine.directory / "data"),
            PATRONI_POSTGRESQL_BIN_DIR=str(PROGRAMS),
            PATRONI_ETCD3_HOSTS=f"{HERE}:{self.etcd}",
            PATRONI_SUPERUSER_USERNAME=USER,
            PATRONI_SUPERUSER_PASSWORD=PASSWORD,
            PATRONI_REPLICATION_USERNAME="replicator",
            PATRONI_REPLICATION_PASSWORD=PASSWORD,
            PGPASSFILE=str(machine.directory / "pgpass"),
            HOME=str(machine.directory),
        )


def on(machine: Machine, sql: str, *, autocommit: bool = True) -> list[tuple[Any, ...]]:
    with psycopg.connect(
        host=machine.address, user=USER, password=PASSWORD, dbname="postgres", connect_timeout=2, autocommit=autocommit
    ) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def is_up(machine: Machine) -> bool:
    with suppress(psycopg.OperationalError):
        return bool(on(machine, "SELECT 1"))
    return False


def says(machine: Machine, path: str) -> bool:
    """True if Patroni responds with 200."""
    http = HTTPConnection(machine.address, 8008, timeout=1)
    with suppress(OSError):
        http.request("GET", path)
        return http.getresponse().status == 200
    return False


def takes_a_write(machine: Machine) -> bool:
    """True if the machine itself acknowledges a write within two seconds."""
    url = f"postgresql://{USER}:{PASSWORD}@{machine.address}/postgres?connect_timeout=2"
    command = [str(PROGRAMS / "psql"), "--quiet", "--no-psqlrc", "--command", PROBE, url]
    try:
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL, timeout=2).returncode == 0
    except subprocess.TimeoutExpired:
        return False


@contextmanager
def running(directory: Path, *command: str, **environment: str) -> Iterator[None]:
    with (
        (directory / Path(command[0]).name).with_suffix(".log").open("ab") as log,
        subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def by_hand(directory: Path, primary: Machine, other: Machine, *, synchronous: bool, port: int) -> Iterator[ByHand]:
    pair = ByHand(primary, other, port, directory, synchronous)
    pair.set_up()
    addresses = {"DB1": primary.address, "DB2": other.address, "HAPROXY_BIND": f"{HOST}:{port}"}
    with running(directory, "haproxy", "-db", "-f", str(HAPROXY / "by-hand.cfg"), **pair.haproxy, **addresses):
        yield pair


@contextmanager
def under_patroni(
    directory: Path, primary: Machine, other: Machine, *, port: int, free: Callable[[], int]
) -> Iterator[UnderPatroni]:
    clients, peers = free(), free()
    pair = UnderPatroni(primary, other, port, clients)
    etcd = (
        "etcd", f"--data-dir={directory}/etcd", f"--listen-peer-urls=http://{HOST}:{peers}",
        f"--listen-client-urls=http://{HERE}:{clients}", f"--advertise-client-urls=http://{HERE}:{clients}",
    )  # fmt: skip
    binds = {"HAPROXY_BIND": f"{HOST}:{port}", "HAPROXY_BIND_REPLICAS": f"{HOST}:{free()}"}
    addresses = {"DB1": primary.address, "DB2": other.address}
    with (
        running(directory, *etcd),
        running(directory, "haproxy", "-db", "-f", str(HAPROXY / "patroni.cfg"), **binds, **addresses),
    ):
        pair.set_up()
        yield pair
