"""The text that `manage.py serve` prints once the server responds: addresses, sign-ins and where to read on."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from textwrap import indent
from urllib.parse import urlsplit

from django.conf import settings

from api_project.demo import small
from api_project.server import Server
from users.models import Role, User

POLL_SECONDS = 0.1
CREATE_ADMIN = ".venv/bin/python manage.py createsuperuser"


def announcement(url: str) -> str:
    lines = (
        "",
        f"{url}/api/docs      try the API",
        f"{url}/admin/        write posts and manage users",
        f"{url}/api/v1/posts  the posts, as JSON",
        "",
        *_sign_ins(),
        *_advice(urlsplit(url).port),
        "Ctrl-C stops the server. After a change of the code, start it again.",
        "",
    )
    return indent("\n".join(lines), "  ")


def _sign_ins() -> Iterator[str]:
    """The demo's accounts, one of each role, that still have the published password."""
    by_role: dict[str, str] = {}
    for user in small.having_published_password():
        by_role.setdefault(user.role, user.username)
        if len(by_role) == len(Role.values):
            break  # Checking a password takes time.
    if by_role:
        accounts = ", ".join(f"{by_role[role]} ({role})" for role in reversed(Role.values) if role in by_role)
        yield f"Sign in as {accounts} with the password {small.PASSWORD}"
    if not User.objects.filter(role=Role.ADMIN, is_active=True).exists():
        yield f"No admin yet: {CREATE_ADMIN}"


def _advice(port: int | None) -> Iterator[str]:
    if settings.DEBUG:  # `localhost` and 127.0.0.1 are two sites, between which browsers send no cookies.
        yield f"A page at http://localhost:5173 may call http://localhost:{port}, with cookies: docs/front-end.md"


def print_once_it_responds(server: Server, text: str) -> None:
    """Print the text from a process of its own, because this one becomes the server. Prints nothing if that ends."""
    server_pid = os.getpid()
    sys.stdout.flush()
    if child := os.fork():
        os.waitpid(child, 0)
        return
    # A grandchild, which the server need not wait for. Ctrl-C ends it without a traceback.
    if os.fork() == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        while _is_running(server_pid):
            if _responds(server):
                os.write(sys.stdout.fileno(), f"{text}\n".encode())
                break
            time.sleep(POLL_SECONDS)
    os._exit(0)


def _is_running(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def _responds(server: Server) -> bool:
    connection = HTTPConnection(server.host, server.port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
