"""What `make serve` runs: the database brought up to date and filled when empty, then the production server."""

import os
import socket
import sys
from typing import NoReturn

import django
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError

from api_project import environment as env

HOST = "127.0.0.1"
SERVER_OPTIONS = (
    "--interface=wsgi",
    "--http=1",
    "--no-ws",
    "--log-level=warning",
    # As many as the pool has database connections.
    "--blocking-threads=8",
    # This limits connections, the idle ones included, so a low number would let a few browsers shut others out.
    "--backpressure=1024",
    "--respawn-failed-workers",
    "--workers-kill-timeout=30",
)


def main() -> NoReturn:
    port = env.integer("PORT", 8000, minimum=1, maximum=65535)
    workers = env.integer("WEB_CONCURRENCY", 2, minimum=1, maximum=64)
    refuse_taken(port)
    prepare()
    announce(f"http://{HOST}:{port}")
    bound = (f"--host={HOST}", f"--port={port}", f"--workers={workers}")
    os.execv(sys.executable, [sys.executable, "-m", "granian", *SERVER_OPTIONS, *bound, "api_project.wsgi:application"])


def refuse_taken(port: int) -> None:
    """Stop where another server listens: granian would share the port with it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            env.refuse(
                "PORT", f"cannot listen on {HOST}:{port} ({error.strerror}); try PORT={port % 65535 + 1} make serve"
            )


def prepare() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api_project.settings")
    django.setup()
    try:
        call_command("migrate", verbosity=0)
    except OperationalError as error:
        env.refuse("DATABASE_URL", str(error).splitlines()[0])
    call_command("demo", "--if-empty")
    if not settings.WHITENOISE_USE_FINDERS:
        call_command("collectstatic", interactive=False, verbosity=0)


def announce(url: str) -> None:
    print(
        f"""
  API       {url}/api/v1/posts
  Docs      {url}/
            {url}/api/docs

  curl '{url}/api/v1/posts?page_size=2'
""",
        flush=True,
    )


if __name__ == "__main__":
    main()
