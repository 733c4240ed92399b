import django_stubs_ext
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api_project.admin_base import ServiceAdmin
from users.admin_forms import AccountForm, PasswordForm, SignUpForm
from users.models import Session, User
from users.services import close_account, end_sessions

django_stubs_ext.monkeypatch(extra_classes=[BaseUserAdmin])


@admin.register(User)
class UserAdmin(ServiceAdmin[User], BaseUserAdmin[User]):
    """Open accounts. Deleting one closes it, as when its owner closes it."""

    form = AccountForm
    add_form = SignUpForm
    change_password_form = PasswordForm
    fieldsets = (
        (None, {"fields": ("username", "email", "email_verified", "password")}),
        (_("Profile"), {"fields": ("display_name", "bio")}),
        (_("Rights"), {"fields": ("role", "is_active")}),
        (_("Sign-ins"), {"fields": ("sessions", "last_login", "date_joined", "id")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "password1", "password2")}),
        (_("Profile"), {"fields": ("display_name", "bio")}),
        (_("Rights"), {"fields": ("role",)}),
    )
    readonly_fields = ("email", "email_verified", "sessions", "last_login", "date_joined", "id")
    list_display = (
        "username",
        "display_name",
        "email",
        "email_verified",
        "role",
        "is_active",
        "sessions",
        "last_login",
        "date_joined",
    )
    list_filter = ("role", "is_active", "date_joined")
    list_per_page = 50
    search_fields = ("username", "display_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    actions = ("sign_out",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        unexpired = Session.objects.unexpired(at=timezone.now()).filter(user=OuterRef("pk"))
        counted = unexpired.order_by().values("user").annotate(count=Count("pk")).values("count")
        users = User.objects.open().with_email_verified().order_by(*self.ordering)
        return users.annotate(session_count=Coalesce(Subquery(counted), 0))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return (*self.readonly_fields, "role", "is_active") if obj == request.user else self.readonly_fields

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

    @admin.action(description=_("Sign selected users out everywhere"), permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            end_sessions(user=user)
        self.message_user(request, _("Signed out."))
