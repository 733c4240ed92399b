"""Commands of the project, as processes that start in half the time.

Loading packages is most of a command's start. One process has loaded those that read no settings. Each command runs in
a fork of it, with arguments, environment, streams and process group of its own.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, TextIO

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "argon2",
    "django.contrib.admin",
    "django.contrib.staticfiles.finders",
    "django.db.backends.sqlite3.base",
    "django_filters.exceptions",
    "drf_spectacular.utils",
    "environ",
    "fido2.server",
    "granian.cli",
    "jwt",
    "nh3",
    "psycopg",
    "pyromark",
    "rest_framework.fields",
    "structlog.dev",
)
SECONDS = 60  # The longest wait for the end of a command.

# Entered by `_preloaded`; a fixture closes it at the end of the run.
preloaded = ExitStack()


@dataclass
class Process:
    """A running command. A signal that ended it makes a negative return code, as in `subprocess`."""

    pid: int
    _answers: TextIO
    _returncode: int | None = None

    def wait(self) -> int:
        """The return code, once the process has ended."""
        if self._returncode is None:
            self._returncode = int(self._answers.readline())
            self._answers.close()
        return self._returncode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


def start(*arguments: str, environment: Mapping[str, str], output: IO[Any], errors: IO[Any]) -> Process:
    """Start a command with arguments of Python: `manage.py …`, `-m module …` or `-c code …`, in a group of its own."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(SECONDS)
        socket.send_fds(_preloaded(), [b"."], [theirs.fileno(), output.fileno(), errors.fileno()])
        ours.sendall(json.dumps([arguments, dict(environment)]).encode() + b"\n")
        answers = ours.makefile()
    return Process(int(answers.readline()), answers)


def run(*arguments: str, environment: Mapping[str, str], check: bool = False) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end. `check` raises CalledProcessError for a return code other than 0."""
    with TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
        returncode = start(*arguments, environment=environment, output=output, errors=errors).wait()
        for stream in (output, errors):
            stream.seek(0)
        result = subprocess.CompletedProcess(arguments, returncode, output.read(), errors.read())
    if check:
        result.check_returncode()
    return result


@cache
def _preloaded() -> socket.socket:
    """The socket of the process that forks."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", __name__, str(theirs.fileno())]
    with theirs:
        forking = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], start_new_session=True)
    preloaded.callback(_preloaded.cache_clear)
    preloaded.callback(forking.wait)
    preloaded.callback(ours.close)
    return ours


def _next_command(requests: socket.socket) -> list[str]:
    """Fork for each request. Returns in the fork that is to run the command, with the arguments for Python."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for the forks.
    while True:
        message, descriptors, *_rest = socket.recv_fds(requests, 1, 3)
        if not message:
            sys.exit()
        if not os.fork():
            requests.close()
            return _become(*descriptors)
        for each in descriptors:
            os.close(each)


def _become(answers: int, output: int, errors: int) -> list[str]:
    """Fork again, to tell of the end of the command, and return in the child with its arguments."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(fileno=answers) as connection:
        arguments, environment = json.loads(connection.makefile().readline())
        if pid := os.fork():
            os.setpgid(pid, pid)
            connection.sendall(f"{pid}\n".encode())
            connection.sendall(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
            os._exit(0)
    for target, stream in enumerate((os.open(os.devnull, os.O_RDONLY), output, errors)):
        os.dup2(stream, target)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    return list(arguments)


def _run(arguments: list[str]) -> None:
    match arguments:
        case ["-m", module, *rest]:
            sys.argv = [module, *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-c", code, *rest]:
            sys.argv = ["-c", *rest]
            exec(code, {"__name__": "__main__"})  # noqa: S102
        case [path, *_]:
            sys.argv = arguments
            runpy.run_path(path, run_name="__main__")


def _status_of(arguments: list[str]) -> int:
    """Run a command. The status with which its process is to end."""
    try:
        _run(arguments)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _end() -> None:
    """End without freeing every module, which would take longer than most commands."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    status = 1  # Of a command that raises an exception.
    atexit.register(_end)  # First, so that it runs after all others.
    for package in PACKAGES:
        import_module(package)
    gc.freeze()  # Searching these objects for garbage would write to all of them, so that each fork copied them.
    status = _status_of(_next_command(socket.socket(fileno=int(sys.argv[1]))))
