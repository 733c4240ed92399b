"""A server whose users may sign in with passkeys, its clients, and a passkey."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any
from uuid import uuid4

import pytest

from tests.passkeys import Authenticator
from tests.schema.conformance import Conformance
from tests.server import Server, serving
from tests.users.callers import App, Browser, Caller, conformance_of

PASSKEYS, LOGIN = "account/authenticators/webauthn", "auth/webauthn/login"
ORIGIN = "http://localhost:5173"  # Of a front end in development.


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("passkeys")
    with serving(directory, DEBUG="true", PASSKEYS="true") as server:
        yield server


@pytest.fixture(scope="module")
def conformance(server: Server) -> Conformance:
    return conformance_of(server)


@pytest.fixture
def new_app(server: Server, conformance: Conformance) -> Iterator[Callable[[], App]]:
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(App(server, conformance, "localhost")))


@pytest.fixture
def app(new_app: Callable[[], App]) -> App:
    return new_app()


@pytest.fixture
def browser(server: Server, conformance: Conformance) -> Iterator[Browser]:
    with closing(Browser(server, conformance, "localhost")) as browser:
        yield browser


@pytest.fixture
def member(server: Server) -> str:
    return new_member(server)


@pytest.fixture
def passkey(new_app: Callable[[], App], member: str) -> Authenticator:
    """A passkey of the member."""
    return add(signed_in(new_app(), member))


def new_member(server: Server) -> str:
    """The username of a user whose address is confirmed."""
    username = f"member-{uuid4().hex[:12]}"
    server.signed_up(username=username)
    change(server, "account_emailaddress", "verified = true", f"email = '{username}@a.org'")
    return username


def change(server: Server, table: str, assignment: str, condition: str) -> None:
    with server.connect() as database:
        database.execute(f"UPDATE {table} SET {assignment} WHERE {condition}")  # noqa: S608
        database.commit()


def signed_in(caller: Caller, username: str) -> Caller:
    caller.sign_in(username)
    caller.authenticate_again()
    return caller


def add(caller: Caller, **options: Any) -> Authenticator:
    authenticator = Authenticator(ORIGIN)
    credential = authenticator.create(caller.get(PASSKEYS).json()["data"]["creation_options"])
    response = caller.post(PASSKEYS, {"name": "My phone", "credential": credential}, **options)
    assert response.status_code == 200, response.text
    return authenticator


def assertion(caller: Caller, passkey: Authenticator, path: str = LOGIN) -> dict[str, Any]:
    return passkey.get(caller.get(path).json()["data"]["request_options"])


def use(caller: Caller, passkey: Authenticator, path: str = LOGIN) -> Any:
    return caller.post(path, {"credential": assertion(caller, passkey, path)})
