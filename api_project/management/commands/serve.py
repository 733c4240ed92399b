from argparse import ArgumentParser
from io import StringIO
from textwrap import indent
from typing import Any, NoReturn

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError

from api_project import environment as env
from api_project.demo import corpus, small
from api_project.server import HOST, Server
from users.models import User


class Command(BaseCommand):
    help = "Bring the database up to date, fill it when empty, and run the production server on this machine."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=HOST, help=f"the address to listen on (default: {HOST})")

    def handle(self, *, host: str, **options: Any) -> NoReturn:
        server = Server.at(host)
        prepare()
        self.stdout.write(announcement(server.url))
        self.stdout.flush()
        server.start()


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
