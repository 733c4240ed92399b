import os
import socket
import sys
from argparse import ArgumentParser
from io import StringIO
from textwrap import indent
from typing import Any, NoReturn

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError

from api_project import environment as env
from api_project.demo import corpus, small
from users.models import User

HOST = "127.0.0.1"
SERVER_OPTIONS = (
    "--interface=wsgi",
    "--http=1",
    "--no-ws",
    "--log-level=warning",
    "--blocking-threads=4",
    # It limits connections, the idle ones included: a low number would let a few browsers shut others out.
    "--backpressure=1024",
    "--respawn-failed-workers",
    "--workers-kill-timeout=10",
    # On SIGHUP, how long an old process stays when its successor is started: it listens only when all is imported.
    "--respawn-interval=15",
)


class Command(BaseCommand):
    help = "Bring the database up to date, fill it when empty, and run the production server on this machine."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=HOST, help=f"the address to listen on (default: {HOST})")
        parser.add_argument(
            "--production", action="store_true", help="serve what is there: migrate nothing, and add no demo content"
        )

    def handle(self, *, host: str, production: bool, **options: Any) -> NoReturn:
        port = env.integer("PORT", 8000, minimum=1, maximum=65535)
        workers = env.integer("WEB_CONCURRENCY", 2, minimum=1, maximum=64)
        refuse_taken(host, port)
        if not production:
            prepare()
            self.stdout.write(announcement(f"http://{host}:{port}"))
            self.stdout.flush()
        bound = (f"--host={host}", f"--port={port}", f"--workers={workers}")
        server = [sys.executable, "-m", "granian", *SERVER_OPTIONS, *bound, "--factory", "api_project.wsgi:load"]
        os.execv(sys.executable, server)  # noqa: S606 (all of it is ours)


def refuse_taken(host: str, port: int) -> None:
    """Stop where another server listens: granian would share the port with it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            env.refuse("PORT", f"cannot listen on {host}:{port} ({error.strerror}); try another: PORT=8001 make serve")


def prepare() -> None:
    try:
        call_command("migrate", verbosity=0)
    except OperationalError as error:
        env.refuse("DATABASE_URL", str(error).splitlines()[0])
    call_command("demo", "--if-empty", stdout=StringIO())  # What it says, the announcement says every time.


def announcement(url: str) -> str:
    lines = (
        "",
        f"{url}/              the documentation",
        f"{url}/api/docs      to try it out",
        f"{url}/api/v1/posts  the posts",
        *demo_sign_in(),
        "",
        f"curl '{url}/api/v1/posts?page_size=2&fields=title,author.username'",
        "",
    )
    return indent("\n".join(lines), "  ")


def demo_sign_in() -> list[str]:
    """A line that says how to sign in as the demo's admin, where there is one."""
    admin = User.objects.filter(username__in=list(corpus.accounts())[:1], is_active=True).first()
    known = admin and admin.check_password(small.PASSWORD)
    return ["", f"Sign in as {admin} with the password {small.PASSWORD}"] if known else []
