from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api_project.http.representation.fields import ComputedField, DateTimeField
from api_project.http.representation.serializers import ResourceSerializer
from api_project.journal.models import Entry


class PersonSerializer(serializers.ModelSerializer[Any]):
    """A user who changed something."""

    class Meta:
        model = get_user_model()
        fields = ("id", "username", "display_name")
        read_only_fields = fields


class DeletionSerializer(ResourceSerializer[Entry]):
    """A resource in the trash."""

    id = serializers.UUIDField(source="resource_id", read_only=True, help_text=_("The id of the resource."))
    type = serializers.CharField(source="resource_type", read_only=True)
    title = serializers.CharField(read_only=True, help_text=_("Of a comment, the beginning of its text."))
    deleted_at = DateTimeField(source="at", read_only=True)
    deleted_by = PersonSerializer(source="actor", read_only=True, allow_null=True)
    expires_at = DateTimeField(read_only=True, help_text=_("It can be restored until then."))

    class Meta:
        model = Entry
        fields = ("id", "type", "title", "deleted_at", "deleted_by", "expires_at")
        read_only_fields = fields


class RestorationSerializer(ResourceSerializer[Entry]):
    """The body of a restoration, which may be an object, but has no fields."""

    class Meta:
        model = Entry
        fields = ()


@extend_schema_field(serializers.ListField(child=serializers.CharField()))
class ChangedField(ComputedField):
    """The names of the changed fields, which the column separates by spaces."""

    def compute(self, value: str, *, at: datetime) -> list[str]:
        return value.split()


class RevisionSerializer(ResourceSerializer[Entry]):
    """A version of a resource."""

    number = serializers.IntegerField(read_only=True, help_text=_("Counts the changes of the resource."))
    created_at = DateTimeField(source="at", read_only=True)
    editor = PersonSerializer(
        source="actor", read_only=True, allow_null=True, help_text=_("Null for a command, or a closed account.")
    )
    changed = ChangedField(help_text=_("The fields that differ from the version before."))
    is_current = serializers.BooleanField(read_only=True)

    class Meta:
        model = Entry
        fields: tuple[str, ...] = ("number", "created_at", "editor", "changed", "is_current")
        read_only_fields: tuple[str, ...] = fields
