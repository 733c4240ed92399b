"""The views of signing in at providers that differ from django-allauth's."""

from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

from allauth.core import context
from allauth.headless.base.views import APIView
from allauth.headless.internal.restkit.response import ErrorResponse
from allauth.headless.socialaccount import views
from allauth.headless.socialaccount.response import SocialAccountsResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.statekit import get_states
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import HttpRequest, HttpResponseBase

from users.auth.providers import inputs
from users.auth.providers.adapter import provider_ids
from users.auth.providers.http import available, guarded
from users.auth.providers.session import provider_slot
from users.services import is_address_confirmed

READS_RESPONSES = ("get_access_token_data", "parse_token", "complete_login")


class RedirectView(APIView):
    """Leads a browser to the provider. Unlike allauth's view, it says what is wrong with the form."""

    input_class = {"POST": inputs.RedirectInput}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        data = self.input.cleaned_data
        if refusal := _refusal(request.user, data["process"]):
            return refusal
        provider = get_adapter().get_provider(request, data["provider"])
        with available(data["provider"]):
            response: HttpResponseBase = guarded(provider.redirect)(
                request, data["process"], next_url=data["callback_url"], headless=True
            )
            return response


class CallbackView(APIView):
    """The page to which the provider leads the browser back. The browser goes on at the redirect's `callback_url`."""

    def get(self, request: HttpRequest, provider_id: str) -> HttpResponseBase:
        provider = get_adapter().get_provider(request, provider_id)
        oauth = provider.get_oauth2_adapter(request)
        for name in READS_RESPONSES:
            setattr(oauth, name, guarded(getattr(oauth, name)))
        with ExitStack() as slot:
            if request.GET.get("state") in get_states(request):
                # Here, the sign-in is still pending, so that the browser can load the page again after a 503.
                slot.enter_context(provider_slot())
                with available(provider_id):
                    guarded(oauth.get_client)(request, provider.app)  # It requests the metadata.
            response: HttpResponseBase = OAuth2CallbackView.adapter_view(oauth)(request)
            return response


class ProviderTokenView(views.ProviderTokenView):
    input_class = inputs.ProviderTokenInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refusal = _refusal(request.user, self.input.cleaned_data["process"])
        response: HttpResponseBase = refusal or super().post(request, *args, **kwargs)
        return response


class ProviderSignupView(views.ProviderSignupView):
    input_class = {"POST": inputs.ProviderSignupInput}


class ProvidersView(views.ManageProvidersView):
    """Shows the accounts at configured providers. allauth's view fails for others."""

    input_class = {"DELETE": inputs.DeleteAccountInput}

    @classmethod
    def respond_provider_accounts(cls, request: HttpRequest) -> SocialAccountsResponse:
        known = SocialAccount.objects.filter(user=request.user, provider__in=provider_ids())
        return SocialAccountsResponse(request, known.order_by("pk"))


def _refusal(user: Any, process: str) -> HttpResponseBase | None:
    """409 for connecting an account while the user's address is not confirmed, as for adding a passkey."""
    if process != AuthProcess.CONNECT or is_address_confirmed(user):
        return None
    error = get_adapter().validation_error("unverified_email")
    refusal: HttpResponseBase = ErrorResponse(context.request, exception=error, status=HTTPStatus.CONFLICT)
    return refusal
