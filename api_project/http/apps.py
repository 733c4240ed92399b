from django.apps import AppConfig


class HttpConfig(AppConfig):
    name = "api_project.http"
    label = "http"
