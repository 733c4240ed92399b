"""The views of the sign-in API that differ from django-allauth's."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.headless.account import views
from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.mfa import views as mfa_views
from allauth.headless.mfa.response import TOTPNotFoundResponse
from allauth.headless.usersessions import views as session_views
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from api_project.http.problems.exceptions import AlreadySignedIn
from users.auth import inputs
from users.auth.reauthentication import require_recent_authentication


def refuse_signed_in(request: HttpRequest) -> None:
    """Raises AlreadySignedIn unless the caller is anonymous."""
    if request.user.is_authenticated:
        raise AlreadySignedIn


class SignupView(views.SignupView):
    input_class = {"POST": inputs.SignupInput}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refuse_signed_in(request)
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class LoginView(views.LoginView):
    input_class = inputs.LoginInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refuse_signed_in(request)
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class SecondFactorView(mfa_views.AuthenticateView):
    input_class = inputs.SecondFactorInput


class SecondFactorAgainView(mfa_views.ReauthenticateView):
    input_class = inputs.SecondFactorAgainInput


class VerifyEmailView(views.VerifyEmailView):
    input_class = inputs.VerifyEmailInput


class ManageEmailView(AuthenticatedAPIView, views.ManageEmailView):
    """Requires a signed-in caller. allauth's view responds 409 to others: they may be signing up by a mailed code."""

    input_class = {
        "POST": inputs.AddEmailInput,
        "PUT": inputs.ResendEmailVerificationInput,
        "DELETE": inputs.DeleteEmailInput,
        "PATCH": inputs.MarkAsPrimaryEmailInput,
    }

    @transaction.atomic
    def patch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().patch(request, *args, **kwargs)
        return response


class AuthenticatorAppView(mfa_views.ManageTOTPView):
    """Shows the same secret until it is used. A new one per GET would invalidate the code that the user scanned."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        secret = request.session.get(SECRET_SESSION_KEY)
        response: HttpResponseBase = super().get(request, *args, **kwargs)
        if not secret or not isinstance(response, TOTPNotFoundResponse):
            return response
        request.session[SECRET_SESSION_KEY] = secret
        url = get_mfa_adapter().build_totp_url(request.user, secret)
        same_secret: HttpResponseBase = TOTPNotFoundResponse(request, secret, url)
        return same_secret


class SessionsView(session_views.SessionsView):
    input_class = {"DELETE": inputs.SelectSessionsInput}


class ChangePasswordView(views.ChangePasswordView):
    input_class = inputs.ChangePasswordInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user: Any = request.user
        if not user.has_usable_password():  # There is none to check: the user signs in at a provider.
            require_recent_authentication(request)
        # The session gets a new key, and the tokens of the old key end. allauth hands out new tokens only if the
        # caller was anonymous before.
        request.allauth.headless._pre_user = AnonymousUser()  # type: ignore[attr-defined]
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class RequestPasswordResetView(views.RequestPasswordResetView):
    input_class = inputs.RequestPasswordResetInput


class ResetPasswordView(views.ResetPasswordView):
    input_class = inputs.ResetPasswordInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user == self.input.user:
            get_adapter().logout(request)
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response
