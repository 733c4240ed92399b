"""Listening sockets that outlive the processes of a server.

By itself each of granian's processes opens a listening socket of its own. When a process is replaced, the system resets
the connections that wait at its socket, and granian closes those that it has accepted and not read from.
"""

import socket
import sys
from typing import Any

from granian._granian import ListenerSpec, SocketHolder
from granian.server.mp import MPServer, WorkerProcess

# Seconds for which the system keeps a connection until its first bytes come, so that it gets a process that stays. An
# idle connection, as browsers open them in advance, goes on to a process after that.
SILENT_FOR = 5


class LastingSocketsServer(MPServer):
    """granian, which opens a socket for each of its processes and hands it on to the successor of that process.

    Not one socket for all: the first process to wake up would take most of the connections that come at once.
    """

    _shd: SocketHolder | None  # type: ignore[assignment]

    def _init_shared_socket(self) -> None:
        self._ssp = None
        spec = ListenerSpec(self.bind_addr, self.bind_port, self.backlog)
        self._holders = [spec.build() for _ in range(self.workers)]
        self._sockets = [socket.socket(fileno=holder.get_fd()) for holder in self._holders]
        for each in self._sockets:
            each.set_inheritable(True)
            if sys.platform == "linux":
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_FOR)

    def _spawn_worker(  # type: ignore[override]  # The base's base declares one argument more.
        self, idx: int, target: Any, callback_loader: Any
    ) -> WorkerProcess:
        self._shd, self._sso = self._holders[idx], self._sockets[idx]
        return super()._spawn_worker(idx, target, callback_loader)

    def _drop_shared_socket(self) -> None:
        for each in self._sockets:
            each.close()
