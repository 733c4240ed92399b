"""The routes of signing in at providers, which `users.auth.urls` adds to its own."""

from typing import Any

from api_project.http.throttling.throttles import Throttle
from users.auth.providers import views
from users.auth.throttles import SIGN_IN, SIGN_UP

ROUTES: dict[str, Any] = {
    "auth/provider/token": views.ProviderTokenView,
    "auth/provider/signup": views.ProviderSignupView,
    "account/providers": views.ProvidersView,
}
BROWSER_ROUTES: dict[str, Any] = {"auth/provider/redirect": views.RedirectView}
THROTTLES: dict[str, Throttle] = {
    "auth/provider/token": SIGN_IN,
    "auth/provider/redirect": SIGN_IN,
    "auth/provider/signup": SIGN_UP,
}
FORM_ROUTES: dict[str, str] = {"auth/provider/redirect": "index"}
