from datetime import datetime
from typing import Any

from django.apps import AppConfig
from django.core.checks import register


class ProjectConfig(AppConfig):
    name = "api_project"
    label = "project"

    def ready(self) -> None:
        from api_project.checks import check_data
        from users.services import on_account_closed

        register(check_data, deploy=True)
        on_account_closed(forget_answers)


def forget_answers(*, user: Any, at: datetime) -> None:
    """An answer kept for a retry may hold what the closing account wants erased."""
    from api_project.http.models import StoredAnswer

    StoredAnswer.objects.concerning(user.pk).delete()
