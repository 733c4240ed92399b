"""granian's own command, with sockets that last, and processes that can be told to stop from their first moment on.

granian forks its workers. They inherit the parent's handler of SIGTERM, until they have imported the application and
set their own. A SIGTERM that came earlier would be lost: granian would wait for the worker, and kill it in the end.
"""

import multiprocessing
import os
import signal
import sys
from typing import Any

_STOP = {signal.SIGTERM}


def stop_on_sigterm() -> None:
    """Let SIGTERM end this process, as it ends others that have no handler: the first one of a container ignores it."""
    signal.signal(signal.SIGTERM, _exit)


def _exit(_signal: int, _frame: Any) -> None:
    sys.exit(0)


def _become_a_worker() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # It has no request yet.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)


def _stay_the_parent() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)


def _hold_signals() -> None:
    """A signal that comes while the process is being forked waits until it is certain who gets it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)


def main() -> None:
    stop_on_sigterm()
    from granian import cli

    from api_project.listening import LastingSocketsServer

    cli.Server = LastingSocketsServer  # type: ignore[attr-defined]
    multiprocessing.set_start_method("fork")  # As up to Python 3.13; from 3.14 on granian would not fork.
    os.register_at_fork(before=_hold_signals, after_in_parent=_stay_the_parent, after_in_child=_become_a_worker)
    cli.entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
