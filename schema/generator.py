"""Making the document."""

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator as SpectacularGenerator
from rest_framework.request import Request

from schema import authentication as authentication  # drf-spectacular knows the extensions that were imported.
from schema.components import Schema


class SchemaGenerator(SpectacularGenerator):
    """Writes in English, whichever language the request that first asks for the document prefers."""

    def get_schema(self, request: Request | None = None, public: bool = False) -> Schema:
        with translation.override("en"):
            document: Schema = super().get_schema(request, public)
            return document


def generate() -> Schema:
    """The document, the same for every caller."""
    return SchemaGenerator().get_schema(public=True)
