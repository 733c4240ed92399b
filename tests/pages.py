"""The pages for people, as the JSON that they show."""

import json
import re
from html import unescape
from typing import Any

from django.http import HttpResponse

from api_project.http.problems.responses import MEDIA_TYPE as PROBLEM
from tests.schema.conformance import decoded

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

_TAG = re.compile("<[^>]*>")


def is_page(response: HttpResponse) -> bool:
    return str(response.headers.get("Content-Type", "")).startswith("text/html")


def shown_json(response: HttpResponse) -> Any:
    """The JSON in the page. A browser makes text of markup in the same way."""
    shown = decoded(response).decode().partition('<pre id="json">')[2].partition("</pre>")[0]
    return json.loads(unescape(_TAG.sub("", shown)))


def as_json(response: HttpResponse) -> HttpResponse:
    """The response without the page around its JSON, as the OpenAPI document describes it."""
    if not is_page(response):
        return response
    headers = {name: value for name, value in response.items() if name not in {"Content-Type", "Content-Encoding"}}
    content = json.dumps(shown_json(response)) if response.content else ""
    media_type = PROBLEM if response.status_code >= 400 else "application/json"
    return HttpResponse(content, media_type, response.status_code, headers=headers)
