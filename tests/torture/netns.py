"""Machines on a network of their own, on this one: network namespaces at a bridge.

A machine that is cut off runs on.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

NETWORK = "10.213.77"
HERE = f"{NETWORK}.1"
BRIDGE = "torture0"
USER = "postgres"


@dataclass
class Machine:
    name: str
    number: int
    directory: Path
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number}"

    @property
    def _cable(self) -> str:
        return f"torture{self.number}"

    def plug_in(self) -> None:
        _ip("netns", "add", self.name)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("link", "set", self._cable, "master", BRIDGE, "up")
        for command in ("link set lo up", f"addr add {self.address}/24 dev eth0", "link set eth0 up"):
            _ip("-n", self.name, *command.split())
        shutil.chown(self.directory, USER)

    def unplug(self) -> None:
        self.kill()
        _ip("netns", "del", self.name)

    def cut(self) -> None:
        """Drop all packets in both directions, without closing a connection."""
        _ip("link", "set", self._cable, "down")

    def repair(self) -> None:
        _ip("link", "set", self._cable, "up")

    def kill(self) -> None:
        """Kill all of its processes at once, as a power failure does; the page cache survives."""
        for pid in _ip("netns", "pids", self.name).split():
            os.kill(int(pid), signal.SIGKILL)
        while self.processes:  # Until the process is waited for, PostgreSQL takes it for a running one.
            self.processes.pop().wait()

    def run(self, *command: str, **environment: str) -> None:
        subprocess.run(self._command(command, environment), check=True, cwd="/", timeout=60)

    def start(self, *command: str, **environment: str) -> None:
        """Run a program in the background, until the machine is killed."""
        with (self.directory / "log").open("ab") as log:
            made = subprocess.Popen(self._command(command, environment), cwd="/", stdout=log, stderr=log)
        self.processes.append(made)

    def _command(self, command: tuple[str, ...], environment: Mapping[str, str]) -> list[str]:
        variables = [f"{name}={value}" for name, value in environment.items()]
        own_sockets = ["sh", "-c", 'mount -t tmpfs -o mode=1777 none /run/postgresql && exec "$@"', "sh"]
        become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        return ["ip", "netns", "exec", self.name, *own_sockets, *become, "env", *variables, *command]


@contextmanager
def machines(directory: Path, *names: str) -> Iterator[list[Machine]]:
    made = [Machine(name, number, directory / name) for number, name in enumerate(names, start=11)]
    _ip("link", "add", BRIDGE, "type", "bridge")
    try:
        _ip("addr", "add", f"{HERE}/24", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        for machine in made:
            machine.directory.mkdir()
            machine.plug_in()
        yield made
    finally:
        for machine in made:
            machine.unplug()
        _ip("link", "del", BRIDGE)


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S607
