from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api_project.admin_base import ServiceAdmin
from users.tokens.models import PersonalAccessToken


@admin.register(PersonalAccessToken)
class PersonalAccessTokenAdmin(ServiceAdmin[PersonalAccessToken]):
    """The tokens of all users. Deleting one revokes it. Nobody sees a secret: only its digest is stored."""

    list_display = ("name", "user", "scopes", "last_four", "created_at", "expires_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("expires_at", "last_used_at")
    list_per_page = 50
    ordering = ("-created_at", "-pk")
    search_fields = ("name", "user__username", "=last_four")
    fields = ("name", "user", "scopes", "last_four", "created_at", "expires_at", "last_used_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PersonalAccessToken]:
        return super().get_queryset(request).filter(expires_at__gt=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PersonalAccessToken | None = None) -> bool:
        return False

    def consequence(self, obj: PersonalAccessToken) -> str:
        return _("%(token)s of %(user)s: programs that use it are refused from now on") % {
            "token": f"{obj.name} ({obj})",
            "user": obj.user,
        }
