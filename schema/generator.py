"""Generates the OpenAPI document."""

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator as SpectacularGenerator
from rest_framework.request import Request

from schema import authentication as authentication  # Importing registers the extensions.
from schema.components import Schema


class SchemaGenerator(SpectacularGenerator):
    """Generates in English, whichever language the first request for the document prefers."""

    def get_schema(self, request: Request | None = None, public: bool = False) -> Schema:
        with translation.override("en"):
            document: Schema = super().get_schema(request, public)
            return document


def generate() -> Schema:
    """The document, the same for every caller."""
    return SchemaGenerator().get_schema(public=True)
