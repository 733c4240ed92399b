"""Checks at start of the admin's declarations."""

from typing import Any

from django.contrib.admin.checks import ModelAdminChecks
from django.core.checks import CheckMessage, Error


class ServiceAdminChecks(ModelAdminChecks):
    """Refuses at start the options that write without `ServiceForm.save`."""

    def check(self, admin_obj: Any, **kwargs: Any) -> list[CheckMessage]:
        found: list[CheckMessage] = super().check(admin_obj, **kwargs)
        declared = [name for name in ("list_editable", "inlines") if getattr(admin_obj, name)]
        message = "A ServiceAdmin writes only by its form. Remove `{}`: it would overwrite concurrent changes."
        return [*found, *(Error(message.format(name), obj=type(admin_obj), id="project.E001") for name in declared)]
