from argparse import ArgumentParser
from io import StringIO
from ipaddress import ip_address
from textwrap import indent
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError

from api_project import env as env
from api_project.demo import small
from api_project.server import HOST, Server


class Command(BaseCommand):
    help = (
        "Migrate the database, add demo content if it is empty (with DEBUG, or on a loopback address), "
        "and run the production server on this machine."
    )
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=HOST, help=f"the address to listen on (default: {HOST})")

    def handle(self, *, host: str, **options: Any) -> NoReturn:
        server = Server.at(host)
        migrate()
        if settings.DEBUG or is_loopback(host):
            # With DEBUG, the announcement shows the sign-in at each start.
            call_command("demo", "--if-empty", stdout=StringIO() if settings.DEBUG else self.stdout)
        self.stdout.write(announcement(server.url))
        self.stdout.flush()
        server.start()


def migrate() -> None:
    try:
        call_command("migrate", verbosity=0)
    except OperationalError as error:
        env.refuse("DATABASE_URL", str(error).splitlines()[0])


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
    """A line with the demo's sign-in, if an account has the published password."""
    user = next(small.having_published_password(), None)
    return ["", f"Sign in as {user} with the password {small.PASSWORD}"] if user else []
