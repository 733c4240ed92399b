"""Programs of the system that some tests need."""

import os
import shutil

import pytest

# Debian packages whose names differ from the program's name.
PACKAGES = {
    "ip": "iproute2",
    "etcd": "etcd-server",
    "go": "golang-go",
    "javac": "default-jdk-headless",
    "nginx": "nginx-light",
    "pg_rewind": "postgresql",
    "promtool": "prometheus",
}
# A user's PATH often lacks the system's directories for servers.
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"])


def need(*names: str) -> str:
    """The path of the first of these programs that is installed. Without any, the test is skipped."""
    found = next(filter(None, (shutil.which(name, path=PATH) for name in names)), None)
    if not found:
        pytest.skip(missing(names[0]))
    return found


def missing(*names: str) -> str:
    """The reason to skip a test that needs these programs, with the command that installs them."""
    packages = " ".join(PACKAGES.get(name, name) for name in names)
    return f"{', '.join(names)}: not installed (apt-get install {packages})"
