from typing import Any

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator as SpectacularGenerator
from rest_framework.request import Request


class SchemaGenerator(SpectacularGenerator):
    """Writes the document in English, whichever language the request that first asks for it prefers."""

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:
        with translation.override("en"):
            document: dict[str, Any] = super().get_schema(request, public)
            return document
