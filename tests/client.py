"""The API client of the tests."""

from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test.client import ClientHandler
from django.utils import timezone
from rest_framework.test import APIClient, ForceAuthClientHandler

from schema.components import load_yaml
from tests import contract_coverage
from tests.pages import as_json
from tests.schema.conformance import Conformance
from users.auth.access_tokens import issue_access_token
from users.auth.refresh_tokens import issue_refresh_token
from users.auth.sessions import SessionStore
from users.models import Session, User

DOCUMENTED = ("/api/", "/feeds/", "/.well-known/", "/livez", "/readyz")
URLCONF = "api_project.urls"
PAGES = ("/api/docs", "/api/redoc", "/api/sign-in")
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


@cache
def conformance() -> Conformance:
    return Conformance(load_yaml(contract_coverage.DOCUMENT.read_text()))


class _Handler(ForceAuthClientHandler):
    """Takes the middleware that other clients have loaded under the same settings, as all clients of a server do."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._middleware_chain = _middleware_chain(settings._wrapped)  # type: ignore[misc]


@lru_cache(maxsize=2)
def _middleware_chain(_settings: object) -> Any:
    handler: Any = ClientHandler()
    handler.load_middleware()
    return handler._middleware_chain


class PlainClient(APIClient):
    """DRF's client, which sends a Cookie header only if it has cookies, as other clients do."""

    def __init__(self, enforce_csrf_checks: bool = False, **defaults: Any) -> None:
        super().__init__(enforce_csrf_checks, **defaults)
        self.handler = _Handler(enforce_csrf_checks)

    def _base_environ(self, **request: Any) -> dict[str, Any]:
        environ: dict[str, Any] = super()._base_environ(**request)  # type: ignore[misc]
        if not self.cookies and "HTTP_COOKIE" not in request:
            del environ["HTTP_COOKIE"]
        return environ


class Client(PlainClient):
    """A client that fails for any response which the OpenAPI document does not describe."""

    # True if responses count as exercised by a test. Responses to random requests do not.
    counts = True

    def request(self, **kwargs: Any) -> Any:
        response = super().request(**kwargs)
        path, method = unquote(kwargs["PATH_INFO"]).removesuffix("/"), kwargs["REQUEST_METHOD"]
        documented = path.startswith(DOCUMENTED) and path not in PAGES and settings.ROOT_URLCONF == URLCONF
        # The document describes JSON: neither forms nor where they lead a browser.
        if documented and method in METHODS and response.status_code != HTTPStatus.SEE_OTHER:
            selects = "fields=" in kwargs.get("QUERY_STRING", "")
            violations = conformance().violations(method, path, as_json(response), partial=selects)
            assert not violations, f"{method} {path}: {violations}"
            if self.counts and (template := conformance().template(method, path)):
                contract_coverage.exercised.add(f"{method} {template} {response.status_code}")
        return response

    def sign_in(self, user: User) -> None:
        """Send an access token of a new session from now on, as an app does after signing in."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        now = timezone.now()
        _, refresh_token = issue_refresh_token(Session.objects.get(pk=session.session_key), at=now)
        access_token = issue_access_token(refresh_token, at=now)
        self.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token}")
