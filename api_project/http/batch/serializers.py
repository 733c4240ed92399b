"""The body of a batch. Its operations are checked here as far as no resource is needed."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api_project.http.problems.suggestions import unknown_name
from api_project.http.representation.fields import StrictBooleanField, StrictCharField
from api_project.http.representation.messages import SEND_AN_OBJECT, set_plain_messages
from api_project.http.representation.serializers import unknown_fields

PREFIX = "/api/v1/"
METHODS = ("POST", "PUT", "PATCH", "DELETE")
MAX_OPERATIONS = 100
MAX_UNKNOWN = 10  # Unknown names that are reported for each operation: to find what each one means takes 0.1 ms.
# By name in lower case. A key belongs to the whole batch, and the other headers to the request.
HEADERS = {name.lower(): name for name in ("If-Match", "If-None-Match")}

IDEMPOTENCY_KEY = _("An operation has no Idempotency-Key of its own. Send one with the whole batch.")
REPEATED = _("Give each header once. Upper and lower case make no difference.")
OUTSIDE = _("Give a path of this API, such as `/api/v1/posts`, without a host.")
NESTED = _("A batch contains no other batch.")
NO_BASE = _("A POST creates, so it has no base. Leave it out.")
NO_BODY = _("A DELETE has no body. Leave it out.")


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": SEND_AN_OBJECT}

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        for field in fields.values():
            set_plain_messages(field)
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError(unknown_fields(unknown[:MAX_UNKNOWN], self.fields))
        return super().to_internal_value(data)


class HeadersField(serializers.DictField):
    child = StrictCharField(max_length=2000)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        given: dict[str, str] = super().to_internal_value(data)
        if unknown := [name for name in given if name.lower() not in HEADERS]:
            raise serializers.ValidationError({name: [self._error_of(name)] for name in unknown[:MAX_UNKNOWN]})
        headers = {HEADERS[name.lower()]: value for name, value in given.items()}
        if len(headers) < len(given):
            raise serializers.ValidationError(str(REPEATED), "repeated")
        return headers

    def _error_of(self, name: str) -> serializers.ErrorDetail:
        if name.lower() == "idempotency-key":
            return serializers.ErrorDetail(str(IDEMPOTENCY_KEY), "not_allowed")
        return serializers.ErrorDetail(str(unknown_name(name, list(HEADERS.values()))), "unknown_header")


class OperationSerializer(StrictSerializer):
    method = serializers.ChoiceField(choices=METHODS)
    path = StrictCharField(max_length=2000)
    headers = HeadersField(required=False)
    body = serializers.JSONField(required=False, allow_null=True)
    base = serializers.DictField(required=False)

    def validate_path(self, path: str) -> str:
        """Refuse what no resource makes valid."""
        plain = path.partition("?")[0]
        if not path.startswith(PREFIX) or "#" in path or not path.isascii():
            raise serializers.ValidationError(str(OUTSIDE), "invalid")
        if unquote(plain).rstrip("/") == self.context["path"]:
            raise serializers.ValidationError(str(NESTED), "invalid")
        return path

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["method"] == "POST" and "base" in attrs:
            raise serializers.ValidationError({"base": [serializers.ErrorDetail(str(NO_BASE), "not_allowed")]})
        if attrs["method"] == "DELETE" and "body" in attrs:
            raise serializers.ValidationError({"body": [serializers.ErrorDetail(str(NO_BODY), "not_allowed")]})
        return attrs


class BatchSerializer(StrictSerializer):
    atomic = StrictBooleanField(default=True)
    operations: Any = OperationSerializer(
        many=True,
        allow_empty=False,
        max_length=MAX_OPERATIONS,  # type: ignore[call-arg]
    )
