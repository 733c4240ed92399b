"""granian's command, with persistent sockets and with workers that react to SIGTERM from their start.

granian forks its workers. A worker inherits the parent's handler of SIGTERM until it has imported the application and
set its own. An earlier SIGTERM would be lost: granian would wait for the worker, and kill it in the end.
"""

import multiprocessing
import os
import signal
import sys
from typing import Any

_STOP = {signal.SIGTERM}


def stop_on_sigterm() -> None:
    """Let SIGTERM end this process. Without a handler, the first process of a container would ignore it."""
    signal.signal(signal.SIGTERM, _exit)


def _exit(_signal: int, _frame: Any) -> None:
    sys.exit(0)


def _become_a_worker() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # It has no request yet.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)


def _stay_the_parent() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)


def _hold_signals() -> None:
    """Block SIGTERM during a fork, until parent and child have set how they handle it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)


def main() -> None:
    stop_on_sigterm()
    from granian import cli

    from api_project.listening import PersistentSocketServer

    cli.Server = PersistentSocketServer  # type: ignore[attr-defined]
    multiprocessing.set_start_method("fork")  # The default up to Python 3.13; the handlers below need it.
    os.register_at_fork(before=_hold_signals, after_in_parent=_stay_the_parent, after_in_child=_become_a_worker)
    cli.entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
