"""The admin site, with our sign-in and password forms."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from users.admin_forms import OwnPasswordForm, SignInForm


class AdminSite(admin.AdminSite):
    site_header = _("Posts and users")
    site_title = _("Administration")
    index_title = _("Administration")
    index_template = "journal/index.html"
    login_form = SignInForm
    login_template = "admin/sign_in.html"

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Change the admin's own password by the service that the API uses."""
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)
