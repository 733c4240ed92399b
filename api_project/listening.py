"""One listening socket for all processes of a server.

By itself each of granian's processes listens on a socket of its own. When a process is replaced, the system resets the
connections that wait at its socket, and granian closes those that it has accepted and not read from.
"""

import socket
import sys

from granian._granian import ListenerSpec, SocketHolder
from granian.server.mp import MPServer

# Seconds for which the system keeps a connection until its first bytes come, so that it gets a process that stays. An
# idle connection, as browsers open them in advance, goes on to a process after that.
SILENT_FOR = 5


class SharedSocketServer(MPServer):
    """granian, doing on Linux what it does on other systems: its processes take connections from one queue."""

    _shd: SocketHolder | None  # type: ignore[assignment]

    def _init_shared_socket(self) -> None:
        shared = ListenerSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._ssp, self._shd, self._sfd = None, shared, shared.get_fd()
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)
        if sys.platform == "linux":
            self._sso.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_FOR)
