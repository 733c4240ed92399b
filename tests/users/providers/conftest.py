"""A server whose users may sign in at a provider, and its clients."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.databases import empty_database
from tests.openid import ADA, CLIENT_ID, Issuer, openid_provider
from tests.schema.conformance import Conformance
from tests.server import Server
from tests.users import callers

CALLBACK = "/api/auth/browser/v1/auth/provider/callback/oidc"
PROVIDER = {"OIDC_ISSUER": "https://login.example.com", "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "x"}
PAGE = "http://localhost:5173/signed-in"  # Of a front end in development.


class App(callers.App):
    def with_token(self, token: str, process: str = "login", **options: Any) -> httpx.Response:
        """Sign in with an ID token of the provider, as a phone does after it has shown the provider's page."""
        given = {"client_id": CLIENT_ID, "id_token": token}
        return self.post("auth/provider/token", {"provider": "oidc", "process": process, "token": given}, **options)


class Browser(callers.Browser):
    def redirect(
        self, process: str = "login", callback_url: str = PAGE, provider: str = "oidc", **options: Any
    ) -> httpx.Response:
        """What a page does with a form."""
        self.get("config")
        form = {"provider": provider, "process": process, "callback_url": callback_url}
        return self.post("auth/provider/redirect", data=form, **options)

    def way_back(self, response: httpx.Response) -> str:
        """Go to the provider. The path and the query to which it leads the browser back."""
        assert response.status_code == 302, response.text
        at_provider = httpx.get(response.headers["Location"], trust_env=False, verify=callers.NO_AUTHORITIES)
        back = urlsplit(at_provider.headers["Location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == f"{self.server.url}{CALLBACK}"
        return f"{back.path}?{back.query}"

    def through(self, response: httpx.Response) -> httpx.Response:
        """Go to the provider, and come back from it."""
        return self.get(self.way_back(response))

    def visit(self, process: str = "login") -> dict[str, str]:
        """Sign in at the provider. The parameters with which the browser comes to the page of the front end."""
        location = self.through(self.redirect(process)).headers["Location"]
        assert location.partition("?")[0] == PAGE
        return dict(parse_qsl(urlsplit(location).query))


@pytest.fixture(scope="module")
def _provider() -> Iterator[Issuer]:
    with openid_provider() as issuer:
        yield issuer


@pytest.fixture
def issuer(_provider: Issuer) -> Issuer:
    """The provider, with a user that nobody knows yet."""
    name = f"user-{uuid4().hex[:12]}"
    fresh = Issuer(_provider.url, {**ADA, "sub": name, "email": f"{name}@example.com", "preferred_username": name})
    kept = {"key": _provider.key}
    vars(_provider).clear()
    vars(_provider).update(vars(fresh) | kept)
    return _provider


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """More settings of the module's server."""
    return {}


@pytest.fixture(scope="module")
def server(
    _provider: Issuer, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    given = {**_provider.environment, "CSRF_TRUSTED_ORIGINS": "http://localhost:5173", **environment}
    directory = tmp_path_factory.mktemp("providers")
    with empty_database(directory, **PROVIDER) as name, Server(name, directory, given).running() as server:
        yield server


@pytest.fixture(scope="module")
def conformance(server: Server) -> Conformance:
    return callers.conformance_of(server)


@pytest.fixture
def new_app(server: Server, conformance: Conformance) -> Iterator[Callable[[], App]]:
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(App(server, conformance)))


@pytest.fixture
def app(new_app: Callable[[], App]) -> App:
    return new_app()


@pytest.fixture
def new_browser(server: Server, conformance: Conformance) -> Iterator[Callable[[], Browser]]:
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(Browser(server, conformance)))


@pytest.fixture
def browser(new_browser: Callable[[], Browser]) -> Browser:
    return new_browser()


@pytest.fixture
def member(server: Server, issuer: Issuer) -> str:
    """The username of a user with a password, whose address is confirmed here and at the provider."""
    username = f"member-{uuid4().hex[:12]}"
    server.signed_up(username=username)
    set_verified(server, f"{username}@a.org")
    issuer.user["email"] = f"{username}@a.org"
    return username


def set_verified(server: Server, email: str, *, verified: bool = True) -> None:
    with server.connect() as database:
        condition = f"verified = {str(verified).lower()} WHERE email = '{email}'"
        database.execute(f"UPDATE account_emailaddress SET {condition}")  # noqa: S608
        database.commit()
