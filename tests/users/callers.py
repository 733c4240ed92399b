"""Clients of a server, which fail for any response that the server's own document does not describe."""

import ssl
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.http import HttpResponse

from tests.ports import HOST
from tests.schema.conformance import Conformance
from tests.server import PASSWORD, Server

# Servers of tests use no TLS, and loading the certificates of all authorities takes 20 ms.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Caller:
    """A client of the sign-in API."""

    client: str

    def __init__(self, server: Server, conformance: Conformance, host: str = HOST) -> None:
        self.server, self.conformance = server, conformance
        url = f"http://{host}:{server.port}"
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=30, verify=NO_AUTHORITIES)
        self.tokens: dict[str, str] = {}

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        url = path if path.startswith("/") else f"/api/auth/{self.client}/v1/{path}"
        headers = {**self.headers, **options.pop("headers", {})}
        response = self.http.request(method, url, json=body, headers=headers, **options)
        shown = HttpResponse(response.content, status=response.status_code, headers=dict(response.headers))
        shown.headers.pop("Content-Encoding", None)
        violations = self.conformance.violations(method, urlsplit(url).path, shown)
        assert not violations, (response.status_code, response.text)
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

    def put(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.call("PUT", path, body, **options)

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


class Browser(Caller):
    client = "browser"

    @property
    def headers(self) -> dict[str, str]:
        return {"X-CSRFToken": self.http.cookies.get("csrftoken") or ""}


def conformance_of(server: Server) -> Conformance:
    """Of the server's document. Servers with the same settings have the same one, which takes a second to generate."""
    settings = frozenset(server.environment)
    if settings not in _by_settings:
        document = httpx.get(f"{server.url}/api/schema?format=json", trust_env=False, verify=NO_AUTHORITIES).json()
        _by_settings[settings] = Conformance(document)
    return _by_settings[settings]


_by_settings: dict[frozenset[str], Conformance] = {}
