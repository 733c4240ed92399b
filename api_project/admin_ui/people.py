"""Usernames that begin with what an editor types in a filter. They are public, unlike accounts."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest, JsonResponse

SHOWN = 10
_MAX_LENGTH = 80


def people(request: HttpRequest) -> JsonResponse:
    """Responds with `{"results": [{"username", "display_name"}]}`, the first ones of the alphabet."""
    term = request.GET.get("term", "").strip()[:_MAX_LENGTH]
    accounts: Any = get_user_model()._default_manager
    found = accounts.visible_to(request.user).filter(
        Q(username__startswith=term.lower()) | Q(display_name__istartswith=term)
    )
    rows = found.order_by("username").values("username", "display_name")[:SHOWN] if term else []
    return JsonResponse({"results": list(rows)})
