from django.apps import AppConfig
from django.core.checks import register


class HttpConfig(AppConfig):
    name = "api_project.http"

    def ready(self) -> None:
        from api_project.http.checks import check_resources

        register(check_resources)
