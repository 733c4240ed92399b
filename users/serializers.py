from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import get_error_detail
from rest_framework.validators import UniqueValidator

from api_project.http.representation.serializers import (
    LineField,
    ResourceSerializer,
    StrictBooleanField,
    StrictCharField,
    StringField,
)
from users.addresses import MAX_LENGTH, canonical_address, canonical_or_none
from users.models import ADDRESS_TAKEN, Role, User
from users.validators import USERNAME_MAX_LENGTH, username_validators

PROFILE_FIELDS = ("id", "username", "display_name", "bio", "date_joined")
PASSWORD_MAX_LENGTH = 1000
EMPTY_TEXT: dict[str, Any] = {"display_name": "", "bio": ""}


class UsernameField(LineField):
    """A username; A to Z are lower-cased. Not other letters: the Kelvin sign (U+212A) would become a k."""

    def __init__(self, **kwargs: Any) -> None:
        checks: list[Any] = [*username_validators, UniqueValidator(User.objects.all(), _("This username is taken."))]
        super().__init__(max_length=USERNAME_MAX_LENGTH, validators=checks, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        given: str = super().to_internal_value(data)
        return given.lower() if given.isascii() else given

    def run_validators(self, value: str) -> None:
        """A name that someone has already, although reserved since, is theirs to keep."""
        if value != getattr(self.parent.instance, "username", None):
            super().run_validators(value)


class UserSerializer(ResourceSerializer[User]):
    """A public profile."""

    username = UsernameField()
    display_name = LineField(max_length=80, allow_blank=True, default="")
    bio = StrictCharField(max_length=500, allow_blank=True, default="")

    class Meta:
        model = User
        fields: tuple[str, ...] = PROFILE_FIELDS
        read_only_fields: tuple[str, ...] = ("id", "date_joined")
        null_values: ClassVar[dict[str, Any]] = EMPTY_TEXT


class AddressField(serializers.EmailField):
    """An e-mail address, in its canonical form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_LENGTH, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        try:
            return canonical_address(super().to_internal_value(data))
        except DjangoValidationError as error:
            raise serializers.ValidationError(get_error_detail(error)) from None


class UnchangedEmailField(StrictCharField):
    """An address that may be sent back but not changed."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "read_only": _("Change the address by POST /api/auth/app/v1/account/email (or /browser/), which confirms it.")
    }

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        present = getattr(self.parent.instance, "email", None)
        if value != present and canonical_or_none(value) != present:
            self.fail("read_only")
        return value


class AccountSerializer(ResourceSerializer[User]):
    """A profile with what is private of it."""

    email = UnchangedEmailField(
        required=False, allow_blank=True, help_text=_("Empty until the first address is confirmed.")
    )
    email_verified = serializers.BooleanField(read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    is_active = StrictBooleanField(required=False)

    class Meta:
        model = User
        fields = (*PROFILE_FIELDS, "email", "email_verified", "role", "is_active", "last_login")
        read_only_fields = (*PROFILE_FIELDS, "last_login")
        null_values: ClassVar[dict[str, Any]] = {"role": Role.MEMBER, "is_active": True}

    def changes_privileges(self) -> bool:
        """Whether the body asks for another role or activity, by what it means: a form has words for true and false."""
        requested = self._without_nulls(self.initial_data) if isinstance(self.initial_data, dict) else {}
        rights = [name for name in ("role", "is_active") if name in requested]
        return any(self._meant(name, requested[name]) != getattr(self.instance, name) for name in rights)

    def _meant(self, name: str, value: Any) -> Any:
        """None for what is no value of the member."""
        try:
            return self.fields[name].to_internal_value(value)
        except serializers.ValidationError:
            return None


class SignUpSerializer(ResourceSerializer[User]):
    """What signing up takes; it answers with the account."""

    username = UsernameField()
    email = AddressField()
    password = StringField(
        write_only=True, trim_whitespace=False, max_length=PASSWORD_MAX_LENGTH, help_text=_("At least 10 characters.")
    )
    display_name = LineField(max_length=80, allow_blank=True, default="")
    bio = StrictCharField(max_length=500, allow_blank=True, default="")

    class Meta:
        model = User
        fields = ("username", "email", "password", "display_name", "bio")
        null_values: ClassVar[dict[str, Any]] = EMPTY_TEXT

    def to_representation(self, instance: User) -> dict[str, Any]:
        account = User.objects.with_email_verified().get(pk=instance.pk)
        return dict(AccountSerializer(account, context=self.context).data)

    def validate_email(self, value: str) -> str:
        """Where addresses have to be confirmed, whether one is registered is told to its owner only, by mail."""
        hidden = settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"
        if not hidden and User.objects.filter(email=value).exists():
            raise serializers.ValidationError(ADDRESS_TAKEN, code="unique")
        return value

    def validate_password(self, value: str) -> str:
        """Told together with the other faults, so likeness is judged by the names as they were given.

        Of those that are too long, and so refused, the beginning is enough: comparing takes its time.
        """
        fields: Any = self.fields
        names = ("username", "email", "display_name")
        given = {name: str(self.initial_data.get(name) or "")[: fields[name].max_length] for name in names}
        try:
            validate_password(value, User(**given))
        except DjangoValidationError as error:
            raise serializers.ValidationError(
                [ErrorDetail(str(each.messages[0]), each.code or "invalid") for each in error.error_list]
            ) from None
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hashed as soon as all is well: it takes its time, which nobody waits for who wants to write meanwhile."""
        attrs["password_hash"] = make_password(attrs.pop("password"))
        return attrs
