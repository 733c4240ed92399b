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

from api_project.http.representation.fields import LineField, StrictBooleanField, StrictCharField, StringField
from api_project.http.representation.serializers import ResourceSerializer
from users.addresses import MAX_LENGTH, canonical_address, canonical_or_none
from users.models import ADDRESS_TAKEN, Role, User
from users.validators import USERNAME_MAX_LENGTH, username_validators

PROFILE_FIELDS = ("id", "username", "display_name", "bio", "date_joined")
PASSWORD_MAX_LENGTH = 1000
EMPTY_TEXT: dict[str, Any] = {"display_name": "", "bio": ""}


class UsernameField(LineField):
    """A username. Lower-cases A to Z only: the Kelvin sign (U+212A) would become a k."""

    def __init__(self, **kwargs: Any) -> None:
        unique = UniqueValidator(User.objects.all(), _("This username is taken."))
        super().__init__(max_length=USERNAME_MAX_LENGTH, validators=[*username_validators, unique], **kwargs)

    def to_internal_value(self, data: Any) -> str:
        username: str = super().to_internal_value(data)
        return username.lower() if username.isascii() else username

    def run_validators(self, value: str) -> None:
        """Accept the user's current name, even if it became a reserved one since."""
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
    """The current address. A client may send it back but not change it."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "read_only": _(
            "To change the address, use POST /api/auth/app/v1/account/email (or /browser/). It sends a confirmation"
            " mail."
        )
    }

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        current = getattr(self.parent.instance, "email", None)
        if value != current and canonical_or_none(value) != current:
            self.fail("read_only")
        return value


class AccountSerializer(ResourceSerializer[User]):
    """A profile with its private fields."""

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
        """True if the body requests a different `role` or `is_active`. It compares parsed values: a form sends text."""
        requested = self._without_nulls(self.initial_data) if isinstance(self.initial_data, dict) else {}
        privileges = [name for name in ("role", "is_active") if name in requested]
        return any(self._parsed(name, requested[name]) != getattr(self.instance, name) for name in privileges)

    def _parsed(self, name: str, value: Any) -> Any:
        """The field's value, or None if it is invalid."""
        try:
            return self.fields[name].to_internal_value(value)
        except serializers.ValidationError:
            return None


class SignUpSerializer(ResourceSerializer[User]):
    """The input of a sign-up. Its representation is the account."""

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
        """Refuse a taken address, unless confirmation is mandatory: then only a mail to its owner says so."""
        hidden = settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"
        if not hidden and User.objects.filter(email=value).exists():
            raise serializers.ValidationError(ADDRESS_TAKEN, code="unique")
        return value

    def validate_password(self, value: str) -> str:
        """Compare the password with the raw input of other fields, so that the response lists all errors together.

        Too long values are invalid anyway. They are cut first, because comparing long text is slow.
        """
        fields: Any = self.fields
        names = ("username", "email", "display_name")
        raw = {name: str(self.initial_data.get(name) or "")[: fields[name].max_length] for name in names}
        try:
            validate_password(value, User(**raw))
        except DjangoValidationError as error:
            raise serializers.ValidationError(
                [ErrorDetail(str(each.messages[0]), each.code or "invalid") for each in error.error_list]
            ) from None
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hash the password here, before the transaction begins: hashing is slow, and other writers would wait."""
        attrs["password_hash"] = make_password(attrs.pop("password"))
        return attrs
