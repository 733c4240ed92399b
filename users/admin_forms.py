from typing import Any, cast

import django_stubs_ext
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.forms import AdminPasswordChangeForm as BaseOwnPasswordForm
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm
from django.contrib.auth.forms import UsernameField as BaseUsernameField
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import Throttled

from api_project.admin_forms import ServiceForm
from api_project.db import changes
from api_project.http.problems.exceptions import ServiceUnavailable
from api_project.http.throttling.throttles import client_network, count
from users.addresses import AddressFormField
from users.auth.throttles import SIGN_IN, record_attempt, record_attempt_of_session
from users.models import ADDRESS_TAKEN, Role, User
from users.services import change_account, change_address, end_sessions, is_address_taken, sign_up

django_stubs_ext.monkeypatch(extra_classes=[AdminPasswordChangeForm])

PRIVILEGES = {"role", "is_active"}


_REFUSED = _("Wrong username or password, or your account may not use these pages (editors and admins only).")


class SignInForm(AdminAuthenticationForm):
    """Django's form with the throttles of the API's sign-in, and with a field for the second factor."""

    code = forms.CharField(
        label=_("Code of your authenticator app, if you use one"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    # The same for each reason, so that no response says whether a password is right.
    error_messages = {**AdminAuthenticationForm.error_messages, "invalid_login": _REFUSED}

    def clean(self) -> dict[str, Any]:
        request = cast("HttpRequest", self.request)
        try:
            count(request, (SIGN_IN, client_network(request.META["REMOTE_ADDR"])))
            record_attempt(request, self.cleaned_data.get("username", ""))
            return super().clean()
        except (Throttled, ServiceUnavailable) as refusal:
            raise ValidationError(str(refusal.detail), code="throttled") from refusal

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        if is_mfa_enabled(user):
            record_attempt(cast("HttpRequest", self.request), str(user.pk))
            if not AuthenticateForm({"code": self.cleaned_data["code"]}, user=user).is_valid():
                raise ValidationError(_("The code is missing or wrong."), code="incorrect_code")


class UsernameField(BaseUsernameField):
    """Lower-cases its input."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").lower()


class SignUpForm(BaseUserCreationForm[User]):
    """Creates an account by the service that the API uses, including the confirmation mail."""

    email = AddressFormField(label=capfirst(User._meta.get_field("email").verbose_name))

    class Meta:
        model = User
        fields = ("username", "email", "display_name", "bio", "role")
        field_classes = {"username": UsernameField}

    def clean_email(self) -> str:
        """Check the address here as well, because an error of the constraint names no field."""
        return _free_address(self.cleaned_data["email"])

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        data = self.cleaned_data
        profile = {name: data[name] for name in ("username", "email", "display_name", "bio")}
        user = sign_up(**profile, password_hash=make_password(data["password1"]), at=timezone.now())
        return user if data["role"] == Role.MEMBER else change_account(user=user, role=data["role"])


class AccountForm(ServiceForm[User], UserChangeForm[User]):
    """Writes the changed fields. Those of an admin's own account that give access are read-only (see `UserAdmin`)."""

    email = AddressFormField()
    new_address = forms.ChoiceField(
        label=_("A new address is"),
        choices=[
            ("unverified", _("unverified: the user gets a mail to confirm it")),
            ("verified", _("verified: you know that it is the user's")),
        ],
        widget=forms.RadioSelect,
        initial="unverified",
        required=False,
    )

    class Meta:
        model = User
        fields = ("username", "email", "display_name", "bio", "role", "is_active", "password")
        field_classes = {"username": UsernameField}

    def clean_email(self) -> str:
        return _free_address(self.cleaned_data["email"], user=self.instance)

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        data = dict(self.cleaned_data)
        is_verified, email = data.pop("new_address", "") == "verified", data.pop("email", None)
        user = get_object_or_404(User.objects.open().select_for_update(), pk=self.instance.pk)
        changes.change(user, {name: value for name, value in data.items() if name not in PRIVILEGES}, at=timezone.now())
        if email is not None:
            change_address(user=user, email=email, verified=is_verified, at=timezone.now())
        return change_account(user=user, **{name: value for name, value in data.items() if name in PRIVILEGES})


class PasswordForm(AdminPasswordChangeForm[User]):
    """Sets a new password and revokes all of the user's sessions."""

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        User.objects.open().filter(pk=user.pk).update(password=user.password)
        end_sessions(user=user)
        return user


class OwnPasswordForm(BaseOwnPasswordForm):
    """Changes the admin's own password and revokes their other sessions, as the API does. It counts wrong attempts."""

    def clean_old_password(self) -> str:
        try:
            record_attempt_of_session(context.request)
        except (Throttled, ServiceUnavailable) as refusal:
            raise ValidationError(str(refusal.detail), code="throttled") from refusal
        password: str = super().clean_old_password()
        return password

    def save(self, commit: bool = True) -> User:
        get_adapter().set_password(self.user, self.cleaned_data["new_password1"])
        return self.user


def _free_address(email: str, *, user: User | None = None) -> str:
    """Raises ValidationError if another account has the address. The error of the constraint would name no field."""
    if is_address_taken(email, by_other_than=user and user.pk):
        raise ValidationError(ADDRESS_TAKEN, code="unique")
    return email
