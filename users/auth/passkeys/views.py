"""The views of passkeys that differ from django-allauth's."""

from typing import Any

from allauth.headless.mfa import response, views
from allauth.mfa.webauthn.internal import flows
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from users.auth.passkeys import inputs


class PasskeysView(views.ManageWebAuthnView):
    """Creates passkeys only: a credential that its device stores, and that identifies its user there."""

    input_class = {"POST": inputs.AddInput, "PUT": inputs.RenameInput, "DELETE": inputs.DeleteInput}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        options = flows.begin_registration(request, request.user, passwordless=True)
        created: HttpResponseBase = response.AddWebAuthnResponse(request, options)
        return created

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        created: HttpResponseBase = super().post(request, *args, **kwargs)
        return created

    @transaction.atomic
    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        deleted: HttpResponseBase = super().delete(request, *args, **kwargs)
        return deleted


class LoginView(views.LoginWebAuthnView):
    input_class = {"POST": inputs.LoginInput}


class AuthenticateView(views.AuthenticateWebAuthnView):
    input_class = {"POST": inputs.AuthenticateInput}


class ReauthenticateView(views.ReauthenticateWebAuthnView):
    input_class = {"POST": inputs.ReauthenticateInput}
