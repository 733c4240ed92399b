"""The inputs of the sign-in API that differ from django-allauth's."""

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.headless.account import inputs
from allauth.headless.internal.restkit.inputs import CharField, ModelMultipleChoiceField
from allauth.headless.mfa import inputs as mfa_inputs
from allauth.headless.usersessions import inputs as session_inputs
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.utils import ErrorList
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from api_project.http.request.clock import request_time
from users.addresses import AddressFormField
from users.auth.throttles import record_attempt, record_attempt_of_session
from users.models import User
from users.serializers import PASSWORD_MAX_LENGTH, SignUpSerializer
from users.services import is_taken, sign_up

MAX_ID_DIGITS = 18
NO_SESSION = _("You have no such session. Send ids from the list that GET on this path returns.")


class SignupInput:
    """Presents the serializer of `POST /api/v1/users` as an allauth input, so that both paths share its rules."""

    serializer_class: ClassVar[type[SignUpSerializer]] = SignUpSerializer

    def __init__(self, data: dict[str, Any]) -> None:
        self._serializer = self.serializer_class(data=data)

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


class LoginInput(inputs.LoginInput):
    email = AddressFormField(required=False)
    password = CharField(strip=False)

    def clean(self) -> dict[str, Any]:
        """Report a missing name as such: allauth reports a wrong password, or no field at all."""
        if not any(self.data.get(name) for name in ("username", "email")):
            self.add_error("username", ValidationError(CharField.default_error_messages["required"], code="required"))
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class SecondFactorInput(mfa_inputs.AuthenticateInput):
    def clean_code(self) -> str:
        record_attempt(context.request, str(self.user.pk))
        code: str = super().clean_code()
        return code


class SecondFactorAgainInput(mfa_inputs.ReauthenticateInput):
    def clean_code(self) -> str:
        record_attempt_of_session(context.request)
        code: str = super().clean_code()
        return code


class VerifyEmailInput(inputs.VerifyEmailInput):
    def clean_key(self) -> str:
        key: str = super().clean_key()
        if is_taken(self.verification.email_address):
            raise get_adapter().validation_error("email_taken")
        return key


class AddEmailInput(inputs.AddEmailInput):
    email = AddressFormField()

    def save(self, request: HttpRequest) -> EmailAddress:
        """Store the new address until its owner confirms it. It replaces an earlier one that is still unconfirmed.

        We do not call allauth's `save`: it deletes the account's current address if that one is unconfirmed.
        """
        unconfirmed = EmailAddress.objects.filter(user=self.user, verified=False)
        with transaction.atomic():
            unconfirmed.exclude(email=self.user.email).delete()
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
        """Require a confirmed address, because password resets go to it.

        If confirmation is mandatory, we refuse an unconfirmed address before we check if another account has it. So the
        response does not reveal which addresses are registered.
        """
        address: EmailAddress = inputs.SelectEmailInput.clean_email(self)
        if (address.verified or settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory") and is_taken(address):
            raise get_adapter().validation_error("email_taken")
        if not address.verified:
            raise get_adapter().validation_error("unverified_primary_email")
        return address

    def clean_primary(self) -> bool:
        if self.data["primary"] is not True:
            raise ValidationError(_("Send true."), code="invalid")
        return True


class IdsField(ModelMultipleChoiceField):
    """A list of ids. Django's field also takes other iterables, such as an object whose names are ids."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid_list": _("Send an array of ids, such as [1, 2].")}

    def __init__(self, *, unknown: Any, **kwargs: Any) -> None:
        messages = {"invalid_choice": unknown, "invalid_pk_value": unknown}
        super().__init__(error_messages=messages, **kwargs)

    def clean(self, value: Any) -> Any:
        if value is not None and not isinstance(value, list):
            raise ValidationError(self.error_messages["invalid_list"], code="invalid_list")
        # SQLite raises OverflowError for integers of more than 64 bits, and no row has such an id.
        if any(len(str(each)) > MAX_ID_DIGITS for each in value or ()):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class SelectSessionsInput(session_inputs.SelectSessionsInput):
    sessions = IdsField(queryset=UserSession.objects.none(), unknown=NO_SESSION)


class ChangePasswordInput(inputs.ChangePasswordInput):
    current_password = CharField(strip=False, required=False)
    new_password = CharField(strip=False, max_length=PASSWORD_MAX_LENGTH)

    def clean_current_password(self) -> str:
        record_attempt_of_session(context.request)
        password: str = super().clean_current_password()
        return password


class RequestPasswordResetInput(inputs.RequestPasswordResetInput):
    email = AddressFormField()

    def clean_email(self) -> str:
        """Find the account that has the address. Accounts that only claim it are left alone: there may be many."""
        email: str = self.cleaned_data["email"]
        self.users = list(User.objects.filter(email=email, is_active=True))
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        if not self.users:
            default_token_generator.make_token(User())  # An unknown address takes as long as a known one.
        email: str = super().save(request, **kwargs)
        return email


class ResetPasswordInput(inputs.ResetPasswordInput):
    password = CharField(strip=False, max_length=PASSWORD_MAX_LENGTH)
