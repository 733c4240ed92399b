"""The differences between this project's accounts and django-allauth's."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed

from api_project.db.changes import recorded_change
from api_project.http.middleware.client_address import public_host
from users.addresses import canonical_or_none
from users.auth.reauthentication import require_recent_authentication
from users.auth.throttles import record_attempt, record_attempt_of_session
from users.models import User
from users.provider_accounts import delete_provider_accounts
from users.services import end_sessions, is_address_confirmed, is_taken

# Not a valid username. Looking it up makes an unknown address take as long as a known one.
DUMMY_USERNAME = "-"

SIGN_IN_ENDED = _("This sign-in has ended. Sign in again.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("Wrong username or password."),
        "email_password_mismatch": _("Wrong e-mail address or password."),
        "enter_current_password": _("The current password is wrong."),
        "invalid_password_reset": _(
            "This key is wrong, was used, or has expired. Request a new mail: POST auth/password/request."
        ),
    }
    # True while `send_mail` renders a mail without sending it.
    _suppress_delivery = False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The user with these credentials. None if the password is wrong or the account is inactive.

        An address finds the account that has it, never one that only claims it. Otherwise a sign-in right after a
        sign-up would reveal whether another account has the address. Raises Throttled, as `record_attempt` does.
        """
        login = credentials.get("username") or credentials.get("email", "")
        address = canonical_or_none(login) if "@" in login else None
        # Count by the canonical form: otherwise each spelling of an address would get attempts of its own.
        record_attempt(request, address or login)
        username = _username_of(address) if "@" in login else login
        user: User | None = super().authenticate(request, username=username, password=credentials.get("password"))
        return user if user and user.is_active else None

    def reauthenticate(self, user: User, password: str) -> bool:
        """True if this is the signed-in user's password. Raises Throttled, as `record_attempt` does."""
        record_attempt_of_session(self.request)
        return user.check_password(password)

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """Store the auth hash of the checked password in the session, for a sign-in that waits for a second factor."""
        response: HttpResponse | None = super().pre_login(request, user, **options)
        request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        """Raises AuthenticationFailed if the account revoked its sign-ins after the password was checked."""
        if not (user.is_active and user.accepts_session_hash(request.session.get(HASH_SESSION_KEY, ""))):
            raise AuthenticationFailed(SIGN_IN_ENDED)
        super().login(request, user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """True if changes in this app of allauth require it. Raises as `require_recent_authentication` does."""
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        if required and not self.request.user.has_usable_password():
            require_recent_authentication(self.request)
        return required

    def set_password(self, user: User, password: str) -> None:
        """Set the password and revoke the user's sessions, except the current one if it is the user's own.

        Anyone may have signed up with an address that is not confirmed. So the owner of the address, who resets the
        password, also gets rid of the accounts at providers by which that person could sign in.
        """
        user.set_password(password)
        is_reset = self.request.user != user
        with transaction.atomic():
            # `user.save` would restore personal data if another request closed the account in the meantime.
            if not User.objects.open().filter(pk=user.pk).update(password=user.password):
                raise AuthenticationFailed(SIGN_IN_ENDED)
            end_sessions(user=user, keep=None if is_reset else self.request.session.session_key)
            if is_reset and not is_address_confirmed(user):
                delete_provider_accounts([user.pk])

    @transaction.atomic
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Raises DoesNotExist if the account was closed in the meantime, IntegrityError if the address was taken."""
        user = User.objects.select_for_update().get(pk=email_address.user_id)
        email_address.refresh_from_db()
        with recorded_change(user, at=timezone.now()):  # It may become public.
            confirmed: bool = super().confirm_email(request, email_address)
        return confirmed

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """True unless this is the account's own address, which a password reset needs."""
        return not email_address.primary and email_address.email != email_address.user.email

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: EmailAddress, signup: bool) -> bool:
        """False during sign-up: `sign_up` has sent the mail already."""
        return not signup

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Render both possible mails and send one, so that the response time does not reveal which one it was."""
        address = emailconfirmation.email_address
        self._suppress_delivery = taken = is_taken(address)
        super().send_confirmation_mail(request, emailconfirmation, signup)
        self._suppress_delivery = not taken
        self.send_account_already_exists_mail(address.email)
        self._suppress_delivery = False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send the mail after the transaction commits. A failure is only logged, because the change is committed."""
        site = public_host(self.request)
        own = {
            "email": email,
            "site": site,
            "api": f"{self.request.scheme}://{site}/api/auth/app/v1",
            "front_end": settings.FRONT_END,
        }
        message = self.render_mail(template_prefix, email, own | context)
        if not self._suppress_delivery:
            transaction.on_commit(message.send, robust=True)


def _username_of(address: str | None) -> str:
    username = User.objects.filter(email=address).values_list("username", flat=True).first() if address else None
    return username or DUMMY_USERNAME
