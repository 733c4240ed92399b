"""A server whose users may sign in at a provider, and its clients."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest
from django.http import HttpResponse

from tests.openid import ADA, CLIENT_ID, Issuer, openid_provider
from tests.schema.conformance import Conformance
from tests.server import PASSWORD, Server, serving

CALLBACK = "/api/auth/browser/v1/auth/provider/callback/oidc"
PAGE = "http://localhost:5173/signed-in"  # Of a front end in development.


class Caller:
    """A client that fails for any response which the server's own document does not describe."""

    client: str

    def __init__(self, server: Server, conformance: Conformance) -> None:
        self.server, self.conformance = server, conformance
        self.http = httpx.Client(base_url=server.url, trust_env=False, timeout=30)
        self.tokens: dict[str, str] = {}

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        url = path if path.startswith("/") else f"/api/auth/{self.client}/v1/{path}"
        headers = {**self.headers, **options.pop("headers", {})}
        response = self.http.request(method, url, json=body, headers=headers, **options)
        shown = HttpResponse(response.content, status=response.status_code, headers=dict(response.headers))
        shown.headers.pop("Content-Encoding", None)
        assert not self.conformance.violations(method, urlsplit(url).path, shown), (response.status_code, response.text)
        self.keep(response)
        return response

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.call("POST", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.call("DELETE", path, body, **options)

    def sign_in(self, username: str) -> None:
        self.get("config")  # A browser gets the CSRF cookie.
        assert self.post("auth/login", {"username": username, "password": PASSWORD}).status_code == 200

    def close(self) -> None:
        self.http.close()

    def authenticate_again(self) -> None:
        assert self.post("auth/reauthenticate", {"password": PASSWORD}).status_code == 200

    def account(self) -> dict[str, Any]:
        """The caller's own account."""
        response = self.get("/api/v1/users/me/account")
        assert response.status_code == 200, response.text
        account: dict[str, Any] = response.json()
        return account

    @property
    def headers(self) -> dict[str, str]:
        return {}

    def keep(self, response: httpx.Response) -> None:
        """Keep what the client has to send from now on."""


class App(Caller):
    client = "app"

    @property
    def headers(self) -> dict[str, str]:
        if access := self.tokens.get("access_token"):
            return {"Authorization": f"Bearer {access}"}
        return {"X-Session-Token": self.tokens["session_token"]} if "session_token" in self.tokens else {}

    def keep(self, response: httpx.Response) -> None:
        if response.headers.get("Content-Type", "").startswith("application/") and isinstance(response.json(), dict):
            meta = response.json().get("meta") or {}
            self.tokens |= {name: value for name, value in meta.items() if name.endswith("_token")}

    def with_token(self, token: str, process: str = "login", **options: Any) -> httpx.Response:
        """Sign in with an ID token of the provider, as a phone does after it has shown the provider's page."""
        given = {"client_id": CLIENT_ID, "id_token": token}
        return self.post("auth/provider/token", {"provider": "oidc", "process": process, "token": given}, **options)


class Browser(Caller):
    client = "browser"

    @property
    def headers(self) -> dict[str, str]:
        return {"X-CSRFToken": self.http.cookies.get("csrftoken") or ""}

    def redirect(self, process: str = "login", callback_url: str = PAGE, **options: Any) -> httpx.Response:
        """What a page does with a form."""
        self.get("config")
        form = {"provider": "oidc", "process": process, "callback_url": callback_url}
        return self.post("auth/provider/redirect", data=form, **options)

    def through(self, response: httpx.Response) -> httpx.Response:
        """Go to the provider, and come back from it."""
        assert response.status_code == 302, response.text
        back = httpx.get(response.headers["Location"], trust_env=False).headers["Location"]
        assert back.startswith(f"{self.server.url}/api/auth/browser/v1/auth/provider/callback/oidc?")
        return self.get(
            back.removeprefix(self.server.url).partition("?")[0], params=dict(parse_qsl(urlsplit(back).query))
        )

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
    with serving(tmp_path_factory.mktemp("providers"), **given) as server:
        server.migrate()
        yield server


@pytest.fixture(scope="module")
def conformance(server: Server) -> Conformance:
    return Conformance(httpx.get(f"{server.url}/api/schema?format=json", trust_env=False).json())


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
    """The username of a user with a password, whose address the user at the provider has confirmed there."""
    username = f"member-{uuid4().hex[:12]}"
    server.signed_up(username=username)
    issuer.user["email"] = f"{username}@a.org"
    return username
