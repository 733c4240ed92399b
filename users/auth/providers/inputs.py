"""The inputs of signing in at providers that differ from django-allauth's."""

from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.core import context
from allauth.headless.internal.restkit.inputs import CharField, ChoiceField, Input
from allauth.headless.socialaccount import inputs
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.connect import validate_disconnect
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.base.provider import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from api_project.http.request.clock import request_time
from api_project.http.request.csrf import is_trusted_url
from users.auth.inputs import SignupInput
from users.auth.providers.adapter import UnknownProvider, provider_ids
from users.auth.providers.http import available, guarded
from users.auth.providers.services import sign_up_by_provider
from users.auth.providers.used_tokens import use_once
from users.auth.views import refuse_signed_in
from users.models import User
from users.serializers import SignUpSerializer

TOKEN_FIELDS = ("client_id", "id_token", "access_token")
MAX_CHARACTERS = 16 * 1024  # Of a provider's token.

UNKNOWN_PROVIDER = _("This provider is not available here. GET config lists those that are.")
UNTRUSTED_PAGE = _("Give a path of this host, or the URL of a page of a trusted origin.")
NOT_A_TOKEN = _("Send an object with `client_id` and with `id_token` or `access_token`, as text.")
REFUSED_TOKEN = _("The provider's token is not valid here: it expired, was used, or is for another client.")
OTHER_CLIENT = _("The `client_id` is not that of this API at the provider. GET config has it.")
NO_TOKENS = _("This provider takes no tokens. Sign in with it in a browser.")
NO_ACCOUNT = _("You have no such account at this provider. GET on this path lists yours.")


class ProviderInput(Input):
    """A provider by its id, and what the caller wants to do there."""

    provider = CharField()
    process = ChoiceField(choices=[(each, each) for each in (AuthProcess.LOGIN, AuthProcess.CONNECT)])

    def clean_provider(self) -> str:
        provider: str = self.cleaned_data["provider"]
        if provider not in provider_ids():
            raise ValidationError(UNKNOWN_PROVIDER, code="unknown_provider")
        return provider

    def clean_process(self) -> str:
        """Raises AlreadySignedIn (409), and ReauthenticationRequired (401), also for an anonymous caller."""
        process: str = self.cleaned_data["process"]
        if process == AuthProcess.LOGIN:
            refuse_signed_in(context.request)
        else:
            raise_if_reauthentication_required(context.request, app="allauth.socialaccount")
        return process


class RedirectInput(ProviderInput):
    callback_url = CharField()

    def clean_callback_url(self) -> str:
        url: str = self.cleaned_data["callback_url"]
        if not is_trusted_url(context.request, url):
            raise ValidationError(UNTRUSTED_PAGE, code="invalid_url")
        return url


class ProviderTokenInput(ProviderInput, inputs.ProviderTokenInput):
    """Tokens that an app got from the provider. Verifying them may take requests to the provider."""

    def clean_token(self) -> dict[str, str]:
        token = self.cleaned_data["token"]
        texts = {name: token[name] for name in TOKEN_FIELDS if name in token} if isinstance(token, dict) else {}
        is_text = all(isinstance(text, str) for text in texts.values())
        if not (is_text and texts.get("client_id") and (texts.get("id_token") or texts.get("access_token"))):
            raise ValidationError(NOT_A_TOKEN, code="invalid_token")
        if sum(map(len, texts.values())) > MAX_CHARACTERS:
            raise ValidationError(REFUSED_TOKEN, code="invalid_token")
        return texts

    def clean(self) -> dict[str, Any]:
        """Raises ServiceUnavailable (503) if the provider does not respond."""
        if not self.errors:
            with available(self.cleaned_data["provider"]):
                self.cleaned_data["sociallogin"] = self._verified()
        cleaned: dict[str, Any] = self.cleaned_data
        return cleaned

    def _verified(self) -> SocialLogin:
        token = self.cleaned_data["token"]
        try:
            provider = get_adapter().get_provider(context.request, self.cleaned_data["provider"], token["client_id"])
        except UnknownProvider:
            raise ValidationError({"token": ValidationError(OTHER_CLIENT, code="client_id_mismatch")}) from None
        if not provider.supports_token_authentication:
            message = ValidationError(NO_TOKENS, code="token_authentication_not_supported")
            raise ValidationError({"provider": message})
        try:
            login: SocialLogin = guarded(provider.verify_token)(context.request, token)
            if token.get("id_token"):
                guarded(use_once)(token["id_token"])
        except (ValidationError, OAuth2Error, ProviderException):
            raise ValidationError({"token": ValidationError(REFUSED_TOKEN, code="invalid_token")}) from None
        login.state["process"] = self.cleaned_data["process"]
        return login


class SignUpWithoutPasswordSerializer(SignUpSerializer):
    password = None  # type: ignore[assignment]  # DRF's way to remove a field.

    class Meta(SignUpSerializer.Meta):
        fields = ("username", "email", "display_name", "bio")  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {**attrs, "password_hash": make_password(None)}


class ProviderSignupInput(SignupInput):
    """What the provider did not say about a new user, under the rules of `POST /api/v1/users`."""

    serializer_class = SignUpWithoutPasswordSerializer

    def __init__(self, data: dict[str, Any], sociallogin: SocialLogin) -> None:
        super().__init__(data)
        self._sociallogin = sociallogin

    def try_save(self, request: HttpRequest) -> tuple[User, None]:
        account, profile = self._sociallogin.account, self._serializer.validated_data
        self._sociallogin.user = sign_up_by_provider(account=account, at=request_time(request), **profile)
        return self._sociallogin.user, None


class DeleteAccountInput(inputs.DeleteProviderAccountInput):
    def clean(self) -> dict[str, Any]:
        """The account, unless the user could not sign in any more without it."""
        found = SocialAccount.objects.filter(
            user=self.user,
            uid=self.cleaned_data.get("account"),
            provider=self.cleaned_data.get("provider"),
            provider__in=provider_ids(),
        ).first()
        if not self.errors and not found:
            raise ValidationError(NO_ACCOUNT, code="account_not_found")
        if found:
            validate_disconnect(context.request, found)
        return {**self.cleaned_data, "account": found}
