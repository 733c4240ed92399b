from typing import Any

import django_stubs_ext
from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.db import transaction
from django.db.models import Case, Count, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api_project.admin_base import ServiceAdmin
from api_project.admin_ui.filters import DayFilter
from users.admin_forms import AccountForm, PasswordForm, SignUpForm
from users.models import Session, User
from users.services import change_account, close_account, end_sessions

django_stubs_ext.monkeypatch(extra_classes=[BaseUserAdmin])

# Fields by which admins could lock themselves out, or give their own account to a thief of their session.
OF_OTHERS = ("email", "role", "is_active")


@admin.register(User)
class UserAdmin(ServiceAdmin[User], BaseUserAdmin[User]):
    """Open accounts. Deleting one closes it, as when its owner closes it."""

    form = AccountForm
    add_form = SignUpForm
    change_password_form = PasswordForm
    fieldsets = (
        (None, {"fields": ("username", "email", "email_verified", "new_address", "password")}),
        (_("Profile"), {"fields": ("display_name", "bio")}),
        (_("Rights"), {"fields": ("role", "is_active")}),
        (_("Sign-ins"), {"fields": ("sessions", "last_login", "date_joined", "id")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "password1", "password2")}),
        (_("Profile"), {"fields": ("display_name", "bio")}),
        (_("Rights"), {"fields": ("role",)}),
    )
    readonly_fields = ("email_verified", "sessions", "last_login", "date_joined", "id")
    list_display = ("username", "display_name", "email", "email_verified", "role", "is_active", "last_login")
    list_filter = ("role", "is_active", ("date_joined", DayFilter))
    list_per_page = 50
    search_fields = ("username", "display_name", "email")
    search_help_text = _("A part of the username, the display name or the address")
    ordering = ("username",)
    filter_horizontal = ()
    actions = ("deactivate", "activate", "sign_out")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        unexpired = Session.objects.unexpired(at=timezone.now()).filter(user=OuterRef("pk"))
        counted = unexpired.order_by().values("user").annotate(count=Count("pk")).values("count")
        users = User.objects.open().with_email_verified().order_by(*self.ordering)
        return users.annotate(session_count=Coalesce(Subquery(counted), 0))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return (*self.readonly_fields, *OF_OTHERS) if obj == request.user else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        (title, account), *others = super().get_fieldsets(request, obj)
        if obj != request.user:
            return [(title, account), *others]
        fields = tuple(name for name in account["fields"] if name != "new_address")
        return [(title, {**account, "fields": fields}), *others]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Those whose username begins with the text come first: completions take the first one."""
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        if not search_term.strip() or request.GET.get(ORDER_VAR):
            return found, has_duplicates
        begins = Case(When(username__startswith=search_term.strip().lower(), then=0), default=1)
        return found.order_by(begins, *self.ordering), has_duplicates

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and obj != request.user

    def consequence(self, obj: User) -> str:
        text = _(
            "%(user)s: sign-ins, personal data and unpublished posts are deleted; published posts stay under an"
            " anonymous author"
        )
        return text % {"user": obj}

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        close_account(user=obj, at=timezone.now())

    @admin.display(description=_("verified"), boolean=True)
    def email_verified(self, user: User) -> bool:
        return bool(getattr(user, "email_verified", False))

    @admin.display(description=_("sessions"))
    def sessions(self, user: User) -> int:
        return int(getattr(user, "session_count", 0))

    @admin.action(description=_("Deactivate selected users"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Deactivate the others and end their sessions. One's own account stays as it is."""
        chosen, others = queryset.count(), queryset.exclude(pk=str(request.user.pk))
        done = _set_activity(others, is_active=False)
        self.report(request, _("Deactivated and signed out: %(count)s."), done=done, chosen=chosen)

    @admin.action(description=_("Activate selected users"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        done = _set_activity(queryset, is_active=True)
        self.report(request, _("Activated: %(count)s."), done=done, chosen=queryset.count())

    @admin.action(description=_("Sign selected users out everywhere"), permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = list(queryset)
        for user in users:
            end_sessions(user=user)
        self.report(request, _("Signed out: %(count)s."), done=len(users), chosen=len(users))


@transaction.atomic
def _set_activity(users: QuerySet[User], *, is_active: bool) -> int:
    """Activate or deactivate those of the users that are not, in the order of their ids. Returns their number."""
    keys = users.filter(is_active=not is_active).values_list("pk", flat=True)
    changed = list(User.objects.open().filter(pk__in=sorted(keys)).order_by("pk"))
    for user in changed:
        change_account(user=user, is_active=is_active)
    return len(changed)
