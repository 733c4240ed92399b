"""Free ports of this machine, for programs that tests start."""

import secrets
import socket
import time
from contextlib import suppress

HOST = "127.0.0.1"
# Linux takes the ports of outgoing connections from 32768 on. One of those could be taken before the program listens.
LISTENING = range(10_000, 32_000)


def free_port() -> int:
    while True:
        port = secrets.choice(LISTENING)
        # No program listens on it, at any address.
        with suppress(OSError), socket.create_server(("", port)):
            return port


def wait_for(port: int) -> None:
    """Wait until a program listens on the port."""
    for _ in range(200):
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(port)
