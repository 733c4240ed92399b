"""The canonical form of an e-mail address. Accounts are stored and looked up by it, and mail goes to it."""

from typing import Any

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

MAX_LENGTH = 254  # RFC 5321 §4.5.3.1.3: a path of 256 octets, with its angle brackets.
MAX_LOCAL_PART = 64  # RFC 5321 §4.5.3.1.1


def canonical_address(text: str) -> str:
    """The address in lower case, with its domain as A-labels (IDNA 2008, mapped by UTS 46).

    Raises ValidationError if the local part is quoted or not ASCII, or if the domain is not a host name. The length is
    checked first, so that long text costs nothing.
    """
    address = text.strip()
    if len(address) > MAX_LENGTH:
        raise _too_long()
    if "@" not in address:
        validate_email(address)  # Raises ValidationError.
    local_part, _at, domain = address.rpartition("@")
    canonical = f"{_canonical_local_part(local_part)}@{_canonical_domain(domain)}"
    if len(canonical) > MAX_LENGTH:
        raise _too_long()
    validate_email(canonical)
    return canonical


def canonical_or_none(text: str) -> str | None:
    """The canonical form of the address, or None if it has none."""
    try:
        return canonical_address(text)
    except ValidationError:
        return None


def validate_address(text: str) -> None:
    """Raises ValidationError if the address has no canonical form."""
    canonical_address(text)


class AddressFormField(forms.CharField):
    """An e-mail address in a form, cleaned to its canonical form."""

    widget = forms.EmailInput

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        return canonical_address(text) if text else ""


def _canonical_local_part(text: str) -> str:
    # A quoted local part is a second spelling of the same mailbox (RFC 5321 §4.1.2). Mail software decodes an encoded
    # word (RFC 2047) even inside an address, so the mail would go to somebody else.
    if not text.isascii() or '"' in text or "=?" in text or len(text) > MAX_LOCAL_PART:
        message = _("Before the “@”, use at most 64 ASCII characters without quotation marks.")
        raise ValidationError(message, code="invalid")
    return text.lower()


def _canonical_domain(text: str) -> str:
    try:
        domain = idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
    except UnicodeError:  # The base class of idna.IDNAError.
        domain = ""
    if not domain or domain.rpartition(".")[2].isdigit():  # An IPv4 address is not a domain.
        raise ValidationError(_("After the “@”, enter a domain name such as example.com."), code="invalid")
    return domain


def _too_long() -> ValidationError:
    message = _("Use at most %(limit)d characters for an e-mail address.")
    return ValidationError(message, code="max_length", params={"limit": MAX_LENGTH})
