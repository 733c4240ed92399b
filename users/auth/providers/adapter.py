"""The differences between this project's sign-in by providers and django-allauth's."""

from contextlib import suppress
from typing import Any, ClassVar

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.base.provider import Provider
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed

from api_project.http.request.clock import request_time
from users.addresses import canonical_or_none
from users.auth.adapter import SIGN_IN_ENDED
from users.auth.providers.http import log_failure
from users.auth.providers.services import UnconfirmedAddress, connect, sign_up_by_provider
from users.auth.providers.session import ProviderSession
from users.auth.providers.usernames import free_username, shown_name
from users.models import User


def provider_ids() -> list[str]:
    """The ids of the configured providers, as clients know them."""
    apps = _build_apps_from_settings().values()
    return [app.provider_id or app.provider for each in apps for app in each]


class UnknownProvider(SocialApp.DoesNotExist, ValueError):
    """The provider is not configured, or not any more. allauth expects one class here and the other there."""


class ProviderAdapter(DefaultSocialAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultSocialAccountAdapter.error_messages,
        "email_taken": _("An account here has this address already. Sign in to it, then connect your %s account."),
        "no_password": _(
            "This is the only way to sign in to your account. Set a password first: POST account/password/change."
        ),
        "no_verified_email": _(
            "Your account has no confirmed e-mail address. Confirm it first, so that you can request a new password."
        ),
        "unverified_email": _(
            "Confirm your e-mail address first: GET account/email says if it is, and PUT sends the mail again."
        ),
        "connected_other": _("This account at the provider is connected to another account here."),
    }

    def get_requests_session(self) -> ProviderSession:
        return ProviderSession()

    def list_apps(self, request: HttpRequest, provider: str = "", client_id: str = "") -> list[SocialApp]:
        """The providers of the settings. allauth would also look for some in the database, at each sign-in."""
        apps = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for each in apps.values() for app in each]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """Raises UnknownProvider."""
        try:
            return super().get_provider(request, provider, client_id=client_id)
        except SocialApp.DoesNotExist:
            raise UnknownProvider from None

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        log_failure(str(getattr(provider, "sub_id", "")), exception, reason=str(error))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Take what is needed from the provider's data: one address, and names. Nothing else is stored."""
        sociallogin.email_addresses = _best_address(sociallogin.email_addresses)
        sociallogin.account.extra_data = {"username": shown_name(sociallogin.account)}
        user: User = sociallogin.user
        user.username = free_username(data.get("username"))
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect the account or sign up, before allauth would do so without our services.

        A new account needs an address that the provider has verified. If there is none, the sign-up stays pending.
        """
        sociallogin.token = None  # The session of a pending sign-up would hold it.
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            self._connect(request, sociallogin)
        elif not sociallogin.is_existing and (address := _verified_address(sociallogin)):
            self._sign_up(request, sociallogin, address)

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def _connect(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if not request.user.is_authenticated:
            raise PermissionDenied
        raise_if_reauthentication_required(request, app="allauth.socialaccount")
        if not sociallogin.is_existing:
            try:
                connect(user=request.user, account=sociallogin.account)
            except UnconfirmedAddress:
                raise self.validation_error("unverified_email") from None
            except User.DoesNotExist:
                raise AuthenticationFailed(SIGN_IN_ENDED) from None
            except IntegrityError:
                sociallogin.lookup()  # A concurrent request connected it, perhaps to another user. allauth checks that.
                return
            sociallogin.user = request.user
            mail = {"provider": sociallogin.provider.name}
            self.send_notification_mail("socialaccount/email/account_connected", request.user, context=mail)

    def _sign_up(self, request: HttpRequest, sociallogin: SocialLogin, address: str) -> None:
        for suggestion in (sociallogin.user.username, None):  # A concurrent sign-up may take the first one.
            if not _is_taken(address):
                with suppress(IntegrityError):
                    sociallogin.user = sign_up_by_provider(
                        account=sociallogin.account,
                        username=free_username(suggestion),
                        email=address,
                        password_hash=make_password(None),
                        is_confirmed=True,
                        at=request_time(request),
                    )
                    return
            sociallogin.lookup()  # Another device of the user may have signed up in the meantime.
            if sociallogin.is_existing:
                return
        # Never sign in to an account by its address. Whoever has the address at the provider may not have it here.
        raise self.validation_error("email_taken", sociallogin.provider.name)


def _best_address(given: list[EmailAddress]) -> list[EmailAddress]:
    """The first verified address, else the first; none if no address has a canonical form."""
    known = [(address, canonical_or_none(str(address.email))) for address in given]
    usable = [
        EmailAddress(email=canonical, verified=address.verified is True, primary=True)
        for address, canonical in known
        if canonical
    ]
    return sorted(usable, key=lambda address: not address.verified)[:1]


def _is_taken(address: str) -> bool:
    confirmed = EmailAddress.objects.filter(email=address, verified=True)
    return User.objects.filter(email=address).exists() or confirmed.exists()


def _verified_address(sociallogin: SocialLogin) -> str:
    return next((address.email for address in sociallogin.email_addresses if address.verified), "")
