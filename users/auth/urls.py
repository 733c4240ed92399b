"""The routes of the sign-in API: a selection of django-allauth's, for both of its clients."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

from allauth.headless.account import views as account
from allauth.headless.base.views import ConfigView
from allauth.headless.constants import Client
from allauth.headless.mfa import views as mfa
from allauth.headless.tokens.views import RefreshTokenView
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from rest_framework.exceptions import AuthenticationFailed

from api_project.http.throttling.throttles import Throttle
from api_project.http.viewsets.wrapped import MAX_CHARACTERS, as_api_view
from api_project.sign_in_settings import OIDC
from users.auth import views as auth_views
from users.auth.adapter import SIGN_IN_ENDED
from users.auth.authentication import AccessTokenAuthentication, BrowserAuthentication
from users.auth.throttles import PASSWORD_RESET, SIGN_IN, SIGN_UP

View = Callable[..., HttpResponseBase]

ROUTES: dict[str, Any] = {
    "config": ConfigView,
    "auth/session": account.SessionView,
    "auth/login": auth_views.LoginView,
    "auth/signup": auth_views.SignupView,
    "auth/reauthenticate": account.ReauthenticateView,
    "auth/email/verify": auth_views.VerifyEmailView,
    "auth/password/request": auth_views.RequestPasswordResetView,
    "auth/password/reset": auth_views.ResetPasswordView,
    "auth/2fa/authenticate": auth_views.SecondFactorView,
    "auth/2fa/reauthenticate": auth_views.SecondFactorAgainView,
    "auth/sessions": auth_views.SessionsView,
    "account/password/change": auth_views.ChangePasswordView,
    "account/email": auth_views.ManageEmailView,
    "account/authenticators": mfa.AuthenticatorsView,
    "account/authenticators/totp": auth_views.AuthenticatorAppView,
    "account/authenticators/recovery-codes": mfa.ManageRecoveryCodesView,
}
APP_ROUTES: dict[str, Any] = {"tokens/refresh": RefreshTokenView}
BROWSER_ROUTES: dict[str, Any] = {}

THROTTLES: dict[str, Throttle] = {
    "auth/login": SIGN_IN,
    "auth/reauthenticate": SIGN_IN,
    "auth/2fa/authenticate": SIGN_IN,
    "auth/2fa/reauthenticate": SIGN_IN,
    "account/password/change": SIGN_IN,
    "auth/signup": SIGN_UP,
    "auth/password/request": PASSWORD_RESET,
    "auth/password/reset": PASSWORD_RESET,
    "account/email": PASSWORD_RESET,
}

# The routes that a page without scripts posts a form to, for the client with cookies, and where the browser goes on.
FORM_ROUTES: dict[str, str] = {"auth/login": "index", "auth/signup": "index", "auth/2fa/authenticate": "index"}

# Methods that respond only with problems: allauth's response to a sign-out is a 401.
METHODS_WITHOUT_CONTENT: dict[str, tuple[str, ...]] = {"auth/session": ("DELETE",)}


# An invalid refresh token is a 401, however long it is: hashing it takes no longer than reading it.
LONGER_TEXTS = {"tokens/refresh": settings.MAX_BODY_BYTES}


# The modules with routes that are loaded only if a setting switches them on.
OPTIONAL = [
    *(["users.auth.providers.routes"] if settings.SOCIALACCOUNT_PROVIDERS else []),
    *(["users.auth.passkeys.routes"] if "webauthn" in settings.MFA_SUPPORTED_TYPES else []),
]
for module in map(import_module, OPTIONAL):
    ROUTES |= module.ROUTES
    BROWSER_ROUTES |= module.BROWSER_ROUTES
    THROTTLES |= module.THROTTLES
    FORM_ROUTES |= module.FORM_ROUTES


def auth_urlpatterns(client: Client) -> list[URLPattern]:
    routes = ROUTES | (APP_ROUTES if client == Client.APP else BROWSER_ROUTES)
    return [path(route, _api_view(route, view, client), name=route) for route, view in routes.items()]


def callback_urlpatterns() -> list[URLPattern]:
    """A path for each provider, to which it leads browsers back. allauth knows them by names without a namespace."""
    if not settings.SOCIALACCOUNT_PROVIDERS:
        return []
    from users.auth.providers.views import CallbackView

    view = as_api_view(
        retry_lost_race(CallbackView.as_api_view(client=Client.BROWSER)),
        uses_cookies=True,
        takes_no_parameters=False,  # Providers add their own.
        authentication_classes=[BrowserAuthentication],
    )
    ids = {name: OIDC if name == "openid_connect" else name for name in settings.SOCIALACCOUNT_PROVIDERS}
    return [
        path(f"auth/provider/callback/{each}", view, {"provider_id": each}, name=f"{name}_callback")
        for name, each in ids.items()
    ]


def _api_view(route: str, view: Any, client: Client) -> View:
    uses_cookies = client == Client.BROWSER
    return as_api_view(
        retry_lost_race(view.as_api_view(client=client)),
        uses_cookies=uses_cookies,
        throttles=[THROTTLES[route]] if route in THROTTLES else [],
        max_characters=LONGER_TEXTS.get(route, MAX_CHARACTERS),
        form_route=FORM_ROUTES.get(route, "") if uses_cookies else "",
        methods_without_content=METHODS_WITHOUT_CONTENT.get(route, ()),
        authentication_classes=[BrowserAuthentication if uses_cookies else AccessTokenAuthentication],
    )


def retry_lost_race(view: View) -> View:
    """Run the view again if a concurrent request took a unique value or deleted a row that the view needs.

    The second run finds the change and refuses the input as usual. Raises AuthenticationFailed (401) if a concurrent
    request revoked the session.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        session = request.session
        try:
            return view(request, *args, **kwargs)
        except (IntegrityError, ObjectDoesNotExist):
            return view(request, *args, **kwargs)
        except UpdateError:
            request.session = session  # Otherwise Django's middleware would save the revoked session.
            raise AuthenticationFailed(SIGN_IN_ENDED) from None

    return wrapper
