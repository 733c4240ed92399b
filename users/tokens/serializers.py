from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api_project.http.permissions import scopes_of
from api_project.http.representation.fields import BoundedListField, DateTimeField
from api_project.http.representation.serializers import OMIT, ResourceSerializer
from users.tokens.models import PersonalAccessToken
from users.tokens.services import latest_expiry

SCOPES = [scope for name in settings.ACCESS_SCOPES for scope in scopes_of(name)]


class ScopesField(BoundedListField):
    """A set of scopes, shown as a sorted list. The column has them separated by spaces."""

    child = serializers.ChoiceField(choices=SCOPES)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty=False, max_length=len(SCOPES), **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        return sorted(set(super().to_internal_value(data)))

    def to_representation(self, data: Any) -> list[str]:
        scopes: list[str] = data.split()
        return scopes


class PersonalAccessTokenSerializer(ResourceSerializer[PersonalAccessToken]):
    scopes = ScopesField()
    expires_at = DateTimeField(required=False, help_text=_("At most a year ahead. By default, in 90 days."))

    class Meta:
        model = PersonalAccessToken
        fields = ("id", "name", "scopes", "last_four", "created_at", "expires_at", "last_used_at")
        read_only_fields = ("id", "last_four", "created_at", "last_used_at")
        null_values: ClassVar[dict[str, Any]] = {"expires_at": OMIT}

    def validate_expires_at(self, value: datetime) -> datetime:
        at = self.context["at"]
        if not at < value <= latest_expiry(at=at):
            raise serializers.ValidationError(_("Give a time in the next 12 months."), code="out_of_range")
        return value
