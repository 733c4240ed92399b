"""The admin site, with our sign-in and password forms."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from api_project.admin_ui.panels import panels_of
from api_project.admin_ui.people import people
from api_project.admin_ui.preview import preview
from api_project.admin_ui.times import zone_name
from users.admin_forms import OwnPasswordForm, SignInForm


class AdminSite(admin.AdminSite):
    site_header = _("Posts and users")
    site_title = _("Administration")
    index_title = _("Administration")
    index_template = "admin_ui/index.html"
    login_form = SignInForm
    login_template = "admin/sign_in.html"
    site_url = settings.FRONT_END or None

    def get_urls(self) -> list[Any]:
        own = [
            path("preview/", self.admin_view(preview), name="preview"),
            path("people/", self.admin_view(people), name="people"),
        ]
        return [*own, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "zone_name": zone_name()}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The first page, with the panels of the models that the user may see."""
        panels = panels_of(self._registry.values(), request)
        return super().index(request, {"panels": panels, **(extra_context or {})})

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Change the admin's own password by the service that the API uses."""
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)
