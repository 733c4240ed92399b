from datetime import datetime
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import register


class AdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "api_project.admin_site.AdminSite"


class ProjectConfig(AppConfig):
    default = True
    name = "api_project"
    label = "project"

    def ready(self) -> None:
        from api_project.checks import check_data, check_environment, check_origins
        from users.services import on_account_closed

        register(check_environment)
        register(check_data, deploy=True)
        register(check_origins, deploy=True)
        on_account_closed(erase_idempotency_records)


def erase_idempotency_records(*, user: Any, at: datetime) -> None:
    """Erase stored responses that mention the user, because they may hold personal data."""
    from api_project.http.idempotency.record import IdempotencyRecord

    IdempotencyRecord.objects.mentioning_user(user.pk).delete()
