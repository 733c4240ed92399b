"""An OpenID provider on this machine (OpenID Connect Core 1.0, Discovery 1.0), for tests of signing in with it."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils.functional import cached_property

from tests.ports import HOST

CLIENT_ID, CLIENT_SECRET = "the-api", "a secret of the client: with a colon"
ADA = {"sub": "ada-at-the-provider", "email": "ada@example.com", "email_verified": True, "preferred_username": "ada"}
Claims = dict[str, Any]


@dataclass
class Issuer:
    """The provider, and the behaviour that a test gives it."""

    url: str
    user: Claims = field(default_factory=lambda: dict(ADA))  # Signs in at the provider, without being asked.
    metadata: Claims = field(default_factory=dict)  # Replaces members of the metadata.
    user_info: Claims = field(default_factory=dict)  # Replaces claims in the response of the userinfo endpoint.
    error: str = ""  # Returned instead of a code.
    token_response: tuple[int, Any] | None = None  # The response of the token endpoint.
    is_down: bool = False
    kid: str = "first"  # The name of its key.
    seconds: float = 0  # That each response takes.
    raw: dict[str, Callable[[], Iterator[bytes]]] = field(default_factory=dict)  # Whole responses, by their paths.
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a server whose users may sign in here."""
        return {
            "DEBUG": "true",
            "OIDC_ISSUER": self.url,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }

    def id_token(self, *, key: Any = None, kid: str | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        """An ID token for the user, with some claims replaced, or omitted if they are None."""
        now = int(time.time())
        standard = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "jti": secrets.token_hex(8)}
        content = {name: value for name, value in {**standard, **self.user, **claims}.items() if value is not None}
        kid = self.kid if kid is None else kid
        used: Any = None if algorithm == "none" else key or self.key
        return jwt.encode(content, used, algorithm, headers={"kid": kid} if kid else {})

    def respond(self, method: str, path: str, parameters: dict[str, str], headers: Any) -> tuple[int, Any]:
        """The status, and the body as JSON or, for a redirect, the URL."""
        self.requests.append((path, parameters))
        time.sleep(self.seconds)
        if self.is_down:
            return 503, {}
        if path == "/.well-known/openid-configuration":
            return 200, self._metadata() | self.metadata
        if path == "/authorize":
            return 302, self._authorize(parameters)
        if path == "/token":
            return self.token_response or self._token(parameters)
        if path == "/jwks":
            return 200, {"keys": [self._public_key()]}
        if path == "/userinfo" and headers["Authorization"] == "Bearer of-the-provider":
            return 200, self.user | self.user_info
        return 404, {}

    def _metadata(self) -> Claims:
        endpoints = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            **{f"{name}_endpoint": f"{self.url}/{path}" for name, path in endpoints.items()},
        }

    def _authorize(self, parameters: dict[str, str]) -> str:
        assert parameters["client_id"] == CLIENT_ID
        assert parameters["response_type"] == "code"
        code = secrets.token_urlsafe()
        self.codes[code] = parameters
        answer = {"error": self.error} if self.error else {"code": code, "session_state": "its own"}
        return f"{parameters['redirect_uri']}?{urlencode({**answer, 'state': parameters['state']})}"

    def _token(self, parameters: dict[str, str]) -> tuple[int, Claims]:
        asked = self.codes.pop(parameters["code"], {})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(parameters["code_verifier"].encode()).digest())
        is_valid = (
            parameters["client_secret"] == CLIENT_SECRET
            and parameters["redirect_uri"] == asked.get("redirect_uri")
            and challenge.decode().rstrip("=") == asked.get("code_challenge")
        )
        if not is_valid:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "of-the-provider", "token_type": "Bearer", "id_token": self.id_token()}

    def _public_key(self) -> Claims:
        public: Claims = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "alg": "RS256", "use": "sig"}


@contextmanager
def openid_provider() -> Iterator[Issuer]:
    with ThreadingHTTPServer((HOST, 0), _Handler) as server:
        issuer = _Handler.issuers[server.server_port] = Issuer(f"http://{HOST}:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield issuer
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    issuers: dict[int, Issuer] = {}

    def do_GET(self) -> None:
        self._respond("GET", urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._respond("POST", self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _respond(self, method: str, query: str) -> None:
        issuer = self.issuers[self.server.server_address[1]]  # type: ignore[index]
        if raw := issuer.raw.get(urlsplit(self.path).path):
            with suppress(OSError):  # The client may leave early.
                for part in raw():
                    self.wfile.write(part)
            return
        status, body = issuer.respond(method, urlsplit(self.path).path, dict(parse_qsl(query)), self.headers)
        content = b"" if status == 302 else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Location" if status == 302 else "Content-Type", body if status == 302 else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Log nothing."""
