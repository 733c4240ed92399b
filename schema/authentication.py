"""The security schemes: an access token, or the session cookie with its CSRF token."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from schema.components import Schema
from schema.settings import CSRF_HEADER

BEARER, COOKIE, CSRF, SESSION_TOKEN = "bearerAuth", "sessionCookie", "csrfToken", "sessionToken"

SECURITY_SCHEMES: dict[str, Schema] = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `access_token` of a sign-in through `/api/auth/app/v1`; valid for 5 minutes.",
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


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "rest_framework.authentication.TokenAuthentication"
    match_subclasses = True
    name = BEARER

    def get_security_definition(self, auto_schema: Any) -> Schema:
        return SECURITY_SCHEMES[BEARER]


class CookieScheme(OpenApiAuthenticationExtension):
    target_class = "rest_framework.authentication.SessionAuthentication"
    match_subclasses = True
    name = [COOKIE, CSRF]

    def get_security_definition(self, auto_schema: Any) -> list[Schema]:
        return [SECURITY_SCHEMES[COOKIE], SECURITY_SCHEMES[CSRF]]

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[Any]]:
        return {COOKIE: [], CSRF: []} if auto_schema.method != "GET" else {COOKIE: []}
