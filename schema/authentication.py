"""The security schemes: a session's access token, a personal one, or the session cookie with its CSRF token."""

from typing import Any

from django.conf import settings
from rest_framework.authentication import SessionAuthentication

from schema.components import Schema
from schema.settings import CSRF_HEADER
from users.auth.authentication import BearerAuthentication

BEARER, COOKIE, CSRF, SESSION_TOKEN = "bearerAuth", "sessionCookie", "csrfToken", "sessionToken"
PERSONAL = "personalAccessToken"

SECURITY_SCHEMES: dict[str, Schema] = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `access_token` of a sign-in through `/api/auth/app/v1`; valid for 5 minutes.",
    },
    PERSONAL: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "pau_",
        "description": (
            "A token from `POST /api/v1/users/me/tokens`, for scripts and integrations. Each operation names the scopes"
            " that it takes."
        ),
    },
    COOKIE: {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "A sign-in through `/api/auth/browser/v1` sets it; the browser sends it by itself.",
    },
    CSRF: {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": (
            f"The value of the `{settings.CSRF_COOKIE_NAME}` cookie. Every write with the session cookie needs it."
        ),
    },
    SESSION_TOKEN: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Session-Token",
        "description": "The `session_token` of a sign-in through `/api/auth/app/v1`, for its further steps.",
    },
}


def requirements(view: Any, method: str) -> list[dict[str, list[str]]]:
    """The ways to sign in for an operation. OpenAPI 3.1 lets a requirement name roles: the scopes of a token."""
    found: list[dict[str, list[str]]] = []
    for authenticator in view.get_authenticators():
        if isinstance(authenticator, SessionAuthentication):
            found.append({COOKIE: []} if method == "GET" else {COOKIE: [], CSRF: []})
        else:
            found.append({BEARER: []})
        scopes = view.required_scopes(method) if isinstance(authenticator, BearerAuthentication) else None
        found += [] if scopes is None else [{PERSONAL: sorted(scopes)}]
    return found
