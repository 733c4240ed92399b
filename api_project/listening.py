"""Listening sockets that outlive a server's processes, so that replacing a process loses no connection.

By default, each of granian's processes opens its own listening socket. When granian replaces a process, the kernel
resets the connections in that socket's backlog, and granian closes accepted connections that it has not read from.
"""

import socket
import sys
from typing import Any

from granian._granian import ListenerSpec, SocketHolder
from granian.constants import Interfaces
from granian.server.mp import MPServer, WorkerProcess

# Linux gives a connection to `accept` when its first bytes arrive, or after this many seconds. Until then, it survives
# the replacement of a process. Browsers open idle connections in advance.
DEFER_ACCEPT_SECONDS = 5

# Linux closes a stream's connection if the client accepts no data for so long. An ASGI application cannot close one.
STREAM_TIMEOUT_MS = 60_000


class PersistentSocketServer(MPServer):
    """Opens one socket for each process, and passes it on to the process's successor.

    One socket for all would be unfair: the first process to wake up would accept most connections of a burst.
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
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, DEFER_ACCEPT_SECONDS)
                if self.interface == Interfaces.ASGI:  # Connections inherit it.
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STREAM_TIMEOUT_MS)

    def _spawn_worker(  # type: ignore[override]  # AbstractServer declares one more argument.
        self, idx: int, target: Any, callback_loader: Any
    ) -> WorkerProcess:
        self._shd, self._sso = self._holders[idx], self._sockets[idx]
        return super()._spawn_worker(idx, target, callback_loader)

    def _drop_shared_socket(self) -> None:
        for each in self._sockets:
            each.close()
