"""The accounts at other providers by which users sign in here.

allauth's model of them is loaded only while a provider is configured. The one of this module erases the rows at any
time, also after an operator has switched the providers off.
"""

from collections.abc import Iterable
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models


class ProviderAccount(models.Model):
    """The part of `allauth.socialaccount.models.SocialAccount` that erasing needs."""

    user_id = models.UUIDField()

    objects: "models.Manager[ProviderAccount]" = models.Manager()

    class Meta:
        # A registry of its own: no migration and no check concerns this model.
        app_label, apps, managed = "users", Apps(), False
        db_table = "socialaccount_socialaccount"


def delete_provider_accounts(user_ids: Iterable[Any]) -> int:
    """Delete the users' accounts at other providers, and return their number. Does nothing if there is no table."""
    if ProviderAccount._meta.db_table not in connection.introspection.table_names():
        return 0
    deleted: int = ProviderAccount.objects.filter(user_id__in=user_ids).delete()[0]
    return deleted
