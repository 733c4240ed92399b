"""Validation of usernames."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

USERNAME_MAX_LENGTH = 30
USERNAME_PATTERN = r"^[a-z0-9](?:[a-z0-9_-]{1,28})[a-z0-9]$"

# Paths, roles, and names with which a user could impersonate the service.
RESERVED_USERNAMES = frozenset(
    "account accounts admin administrator anonymous api auth deleted editor help info login logout mail me member"
    " moderator null official root security self settings signin signout signup staff support system undefined user"
    " users webmaster www".split()
)


def refuse_reserved(value: str) -> None:
    if value in RESERVED_USERNAMES or value.startswith("deleted-"):
        raise ValidationError(_("This username is reserved. Choose another one."), code="reserved")


username_validators: list[Callable[[str], None]] = [
    RegexValidator(
        USERNAME_PATTERN,
        _("Use 3 to 30 of a-z, 0-9, “_” and “-”, starting and ending with a letter or a digit."),
        code="invalid_username",
    ),
    refuse_reserved,
]
