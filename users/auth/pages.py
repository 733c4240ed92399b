"""A page to sign in and to sign up, without scripts."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.generic import TemplateView

from api_project.http.middleware.security_headers import page_policy

POLICY = page_policy(script_src="'none'", connect_src="'none'")


@method_decorator([csrf_exempt, ensure_csrf_cookie], name="dispatch")  # Another method is a 405, not a 403.
class SignInPage(TemplateView):
    """Forms for the sign-in API of browsers. `?next=` is the path at which the browser goes on."""

    template_name = "users/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.request.GET.get("next", ""), language=get_language(), **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        # It contains a token of this browser. A compressed token could be guessed (BREACH).
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Content-Security-Policy"] = POLICY
        response.is_translated = True  # type: ignore[attr-defined]
        return response
