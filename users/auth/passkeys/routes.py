"""The routes of passkeys, which `users.auth.urls` adds to its own."""

from typing import Any

from api_project.http.throttling.throttles import Throttle
from users.auth.passkeys import views
from users.auth.throttles import SIGN_IN

ROUTES: dict[str, Any] = {
    "auth/webauthn/login": views.LoginView,
    "auth/webauthn/authenticate": views.AuthenticateView,
    "auth/webauthn/reauthenticate": views.ReauthenticateView,
    "account/authenticators/webauthn": views.PasskeysView,
}
BROWSER_ROUTES: dict[str, Any] = {}
THROTTLES: dict[str, Throttle] = {
    "auth/webauthn/login": SIGN_IN,
    "auth/webauthn/authenticate": SIGN_IN,
    "auth/webauthn/reauthenticate": SIGN_IN,
}
FORM_ROUTES: dict[str, str] = {}
