"""The preview of a Markdown text: the HTML that feeds and `body_html` have."""

import re
from contextlib import nullcontext

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException, Throttled

from api_project.http.problems.exceptions import ServiceUnavailable
from api_project.http.request.slots import FIELDS
from api_project.http.request.text import text_error
from api_project.http.throttling.throttles import Throttle, count
from api_project.markdown import to_html

PREVIEWS = Throttle("preview")
MAX_LENGTH = 100_000  # Characters, as in a post.
LONG = 20_000  # Characters that take milliseconds to render, so that they need a slot.

# The only style that the renderer lets through. The policy of the page refuses every style in HTML.
_ALIGNMENT = re.compile(r'(<t[dh]\b[^<>]*?) style="text-align:\s*([a-z]+);?"')


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Responds with the HTML of the field `text`; 413 if it is too long, 429 or 503 if one has to wait."""
    text = request.POST.get("text", "")
    if len(text) > MAX_LENGTH:
        return HttpResponse(status=413, content_type="text/plain")
    if text_error(text):
        return HttpResponse(status=400, content_type="text/plain")
    try:
        count(request, (PREVIEWS, str(request.user.pk)))
        with FIELDS.slot() if len(text) > LONG else nullcontext():
            rendered = to_html(text.replace("\r\n", "\n"))
    except (Throttled, ServiceUnavailable) as refusal:
        return _refused(refusal)
    return HttpResponse(_ALIGNMENT.sub(r'\1 align="\2"', rendered))


def _refused(refusal: APIException) -> HttpResponse:
    seconds = str(int(getattr(refusal, "wait", None) or 1))
    return HttpResponse(status=refusal.status_code, content_type="text/plain", headers={"Retry-After": seconds})
