"""The inputs of passkeys. Browsers send what authenticators return; other clients may send anything."""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import context
from allauth.headless.internal.restkit.inputs import CharField, ModelChoiceField
from allauth.headless.mfa import inputs
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from users.auth.inputs import MAX_ID_DIGITS, IdsField
from users.auth.passkeys.origins import check_page
from users.auth.views import refuse_signed_in

MAX_CHARACTERS = 16 * 1024  # Of a credential as JSON.
MAX_NAME = 100

REFUSED = _("The passkey was not accepted. Get new options with GET on this path, and ask the user again.")
UNKNOWN = _("You have no such passkey. GET account/authenticators lists yours.")

# What fido2 raises for data of another form than it expects.
_UNEXPECTED = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, NotImplementedError),
    struct.error,
)


@contextmanager
def refused() -> Iterator[None]:
    """Raises ValidationError with one message for any credential that is not accepted."""
    try:
        yield
    except (ValidationError, *_UNEXPECTED):
        raise ValidationError(REFUSED, code="incorrect_code") from None


class CredentialMixin:
    """Checks the credential, whichever way it is malformed."""

    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Any:
        with refused():
            credential = self.cleaned_data["credential"]
            if not isinstance(credential, dict) or len(json.dumps(credential)) > MAX_CHARACTERS:
                raise ValueError
            check_page(context.request, credential)
            checked = getattr(super(), "clean_credential", lambda: credential)
            return checked()


class AddInput(CredentialMixin, inputs.AddWebAuthnInput):
    name = CharField(required=False, max_length=MAX_NAME)

    def clean_credential(self) -> dict[str, Any]:
        """The members that are read later. allauth stores the credential, and trusts what it has stored."""
        credential = super().clean_credential()
        with refused():
            response = {name: credential["response"][name] for name in ("clientDataJSON", "attestationObject")}
            is_stored = credential.get("clientExtensionResults", {}).get("credProps", {}).get("rk")
            extensions = {"credProps": {"rk": is_stored}} if isinstance(is_stored, bool) else {}
            known = {name: credential[name] for name in ("id", "rawId", "type")}
        return {**known, "response": response, "clientExtensionResults": extensions}

    def clean(self) -> dict[str, Any]:
        try:
            with refused():
                cleaned: dict[str, Any] = super().clean()
        except ValidationError as error:
            raise ValidationError({"credential": error}) from None
        return cleaned


class LoginInput(CredentialMixin, inputs.LoginWebAuthnInput):
    def clean_credential(self) -> Authenticator:
        refuse_signed_in(context.request)
        authenticator: Authenticator = super().clean_credential()
        return authenticator


class AuthenticateInput(CredentialMixin, inputs.AuthenticateWebAuthnInput):
    pass


class ReauthenticateInput(CredentialMixin, inputs.ReauthenticateWebAuthnInput):
    pass


class RenameInput(inputs.UpdateWebAuthnInput):
    name = CharField(max_length=MAX_NAME)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["id"] = _IdField(queryset=self.fields["id"].queryset)


class DeleteInput(inputs.DeleteWebAuthnInput):
    authenticators = IdsField(queryset=Authenticator.objects.none(), unknown=UNKNOWN)


class _IdField(ModelChoiceField):
    def clean(self, value: Any) -> Any:
        """Raises ValidationError, for any value of another type too."""
        if isinstance(value, bool) or not str(value or "").isdecimal() or len(str(value)) > MAX_ID_DIGITS:
            raise ValidationError(UNKNOWN if value else self.error_messages["required"], code="invalid_choice")
        return super().clean(value)
