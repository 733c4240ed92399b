from django.apps import AppConfig
from django.core.checks import register
from django.db.backends.signals import connection_created


class HttpConfig(AppConfig):
    name = "api_project.http"

    def ready(self) -> None:
        from api_project.http.checks import check_resources
        from api_project.http.request_log import count_statements

        register(check_resources)
        connection_created.connect(count_statements)
