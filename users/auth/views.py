"""Where this project's sign-in API differs from django-allauth's."""

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.headless.account import inputs, views
from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.internal.restkit.inputs import CharField, ModelMultipleChoiceField
from allauth.headless.mfa import inputs as mfa_inputs
from allauth.headless.mfa import views as mfa_views
from allauth.headless.mfa.response import TOTPNotFoundResponse
from allauth.headless.usersessions import inputs as session_inputs
from allauth.headless.usersessions import views as session_views
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.utils import ErrorList
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from api_project.http.problems.exceptions import AlreadySignedIn
from api_project.http.request.clock import request_time
from users.addresses import AddressFormField
from users.auth.throttles import record_attempt, record_attempt_of_session
from users.models import User
from users.serializers import PASSWORD_MAX_LENGTH, SignUpSerializer
from users.services import is_taken, sign_up

MOST_DIGITS = 18
NO_SESSION = _("You have no such session. Send ids of the list that GET on this path returns.")


def refuse_signed_in(request: HttpRequest) -> None:
    """Raises AlreadySignedIn unless the caller is anonymous."""
    if request.user.is_authenticated:
        raise AlreadySignedIn


class SignupInput:
    """What `POST /api/v1/users` takes, by the same rules, as an input of allauth's."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._serializer = SignUpSerializer(data=data)

    def is_valid(self) -> bool:
        return self._serializer.is_valid()

    @property
    def errors(self) -> dict[str, ErrorList]:
        return {
            name: ErrorList([ValidationError(str(detail), code=detail.code) for detail in details])
            for name, details in self._serializer.errors.items()
        }

    def try_save(self, request: HttpRequest) -> tuple[User, None]:
        return sign_up(**self._serializer.validated_data, at=request_time(request)), None


class SignupView(views.SignupView):
    input_class = {"POST": SignupInput}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refuse_signed_in(request)
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class LoginInput(inputs.LoginInput):
    email = AddressFormField(required=False)
    password = CharField(strip=False)


class LoginView(views.LoginView):
    input_class = LoginInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refuse_signed_in(request)
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class SecondFactorInput(mfa_inputs.AuthenticateInput):
    def clean_code(self) -> str:
        record_attempt(context.request, str(self.user.pk))
        code: str = super().clean_code()
        return code


class SecondFactorView(mfa_views.AuthenticateView):
    input_class = SecondFactorInput


class SecondFactorAgainInput(mfa_inputs.ReauthenticateInput):
    def clean_code(self) -> str:
        record_attempt_of_session(context.request)
        code: str = super().clean_code()
        return code


class SecondFactorAgainView(mfa_views.ReauthenticateView):
    input_class = SecondFactorAgainInput


class VerifyEmailInput(inputs.VerifyEmailInput):
    def clean_key(self) -> str:
        key: str = super().clean_key()
        if is_taken(self.verification.email_address):
            raise get_adapter().validation_error("email_taken")
        return key


class VerifyEmailView(views.VerifyEmailView):
    input_class = VerifyEmailInput


class AddEmailInput(inputs.AddEmailInput):
    email = AddressFormField()

    def save(self, request: HttpRequest) -> EmailAddress:
        """The address that the account is to have once it is confirmed, in place of another that waits for that.

        allauth's own would remove the account's present address where that is not confirmed yet.
        """
        waiting = EmailAddress.objects.filter(user=self.user, verified=False)
        with transaction.atomic():
            waiting.exclude(email=self.user.email).delete()
            address = EmailAddress.objects.create(user=self.user, email=self.cleaned_data["email"])
        send_verification_email_to_address(request, address)
        return address


class ResendEmailVerificationInput(inputs.ResendEmailVerificationInput):
    email = AddressFormField()


class DeleteEmailInput(inputs.DeleteEmailInput):
    email = AddressFormField()


class MarkAsPrimaryEmailInput(inputs.MarkAsPrimaryEmailInput):
    email = AddressFormField()

    def clean_email(self) -> EmailAddress:
        """Only a confirmed address: it is where a password is reset.

        Where addresses must be confirmed, an unconfirmed one is refused first, so that nobody learns whose it is.
        """
        address: EmailAddress = inputs.SelectEmailInput.clean_email(self)
        if (address.verified or settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory") and is_taken(address):
            raise get_adapter().validation_error("email_taken")
        if not address.verified:
            raise get_adapter().validation_error("unverified_primary_email")
        return address

    def clean_primary(self) -> bool:
        if self.data["primary"] is not True:
            raise ValidationError(_("Give true."), code="invalid")
        return True


class ManageEmailView(AuthenticatedAPIView, views.ManageEmailView):
    """For who is signed in: allauth's answers 409 to others, who may have signed up just now by a mailed code."""

    input_class = {
        "POST": AddEmailInput,
        "PUT": ResendEmailVerificationInput,
        "DELETE": DeleteEmailInput,
        "PATCH": MarkAsPrimaryEmailInput,
    }

    @transaction.atomic
    def patch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().patch(request, *args, **kwargs)
        return response


class AuthenticatorAppView(mfa_views.ManageTOTPView):
    """The secret stays until it is used: or else who asks again would void the one that was scanned already."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        secret = request.session.get(SECRET_SESSION_KEY)
        response: HttpResponseBase = super().get(request, *args, **kwargs)
        if not secret or not isinstance(response, TOTPNotFoundResponse):
            return response
        request.session[SECRET_SESSION_KEY] = secret
        again: HttpResponseBase = TOTPNotFoundResponse(
            request, secret, get_mfa_adapter().build_totp_url(request.user, secret)
        )
        return again


class SessionsField(ModelMultipleChoiceField):
    """A list of ids. What else is iterable, such as an object with ids for its names, is none."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_list": _("Send an array of ids, such as [1, 2]."),
        "invalid_choice": NO_SESSION,
        "invalid_pk_value": NO_SESSION,
    }

    def clean(self, value: Any) -> Any:
        """SQLite cannot compare with a number of more than 64 bits, which is nobody's."""
        if value is not None and not isinstance(value, list):
            raise ValidationError(self.error_messages["invalid_list"], code="invalid_list")
        if any(len(str(each)) > MOST_DIGITS for each in value or ()):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class SelectSessionsInput(session_inputs.SelectSessionsInput):
    sessions = SessionsField(queryset=UserSession.objects.none())


class SessionsView(session_views.SessionsView):
    input_class = {"DELETE": SelectSessionsInput}


class ChangePasswordInput(inputs.ChangePasswordInput):
    current_password = CharField(strip=False, required=False)
    new_password = CharField(strip=False, max_length=PASSWORD_MAX_LENGTH)

    def clean_current_password(self) -> str:
        record_attempt_of_session(context.request)
        password: str = super().clean_current_password()
        return password


class ChangePasswordView(views.ChangePasswordView):
    input_class = ChangePasswordInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # The session gets a new key and the tokens of the old one end: an app is handed tokens as if it signed in.
        request.allauth.headless._pre_user = AnonymousUser()  # type: ignore[attr-defined]
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class RequestPasswordResetInput(inputs.RequestPasswordResetInput):
    email = AddressFormField()

    def clean_email(self) -> str:
        """Resets the account that has the address, and none that only claims it: of those there may be any number."""
        email: str = self.cleaned_data["email"]
        self.users = list(User.objects.filter(email=email, is_active=True))
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        if not self.users:
            default_token_generator.make_token(User())  # Takes as long as for somebody.
        email: str = super().save(request, **kwargs)
        return email


class RequestPasswordResetView(views.RequestPasswordResetView):
    input_class = RequestPasswordResetInput


class ResetPasswordInput(inputs.ResetPasswordInput):
    password = CharField(strip=False, max_length=PASSWORD_MAX_LENGTH)


class ResetPasswordView(views.ResetPasswordView):
    input_class = ResetPasswordInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user == self.input.user:
            get_adapter().logout(request)
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response
