from importlib import import_module

from django.apps import AppConfig


class SchemaConfig(AppConfig):
    name = "schema"

    def ready(self) -> None:
        """drf-spectacular knows the extensions that were imported."""
        import_module("schema.authentication")
