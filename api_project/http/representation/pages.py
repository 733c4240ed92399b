"""Pages for people: the JSON of a response, indented and with links.

A page is another form of the same representation. Its text is the JSON, so that nothing is shown that programs do not
get, and nothing that a user wrote becomes markup.
"""

import re
from functools import cache
from html import escape
from typing import Any

import orjson
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.encoding import escape_uri_path
from django.utils.translation import get_language

from api_project.http.representation.renderers import JSONRenderer
from api_project.http.request.media_types import best_match, names, replaced
from api_project.lru_cache import cached_by_text

MEDIA_TYPE = "text/html"

# The fields whose values are URLs of this API, in every response. No user writes them. A view may name more.
LINKS = ("next", "previous", "type", "href", "anchor")
# The id of an entry of a list.
_ID = re.compile(r'^( {6}"id": ")([0-9a-f-]{36})(",?)$', re.MULTILINE)
# Controls, those of the direction of text among them: they change the order of what follows. JSON can escape them.
_CONTROL = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@cache
def _link(names: tuple[str, ...]) -> re.Pattern[str]:
    """A line of indented JSON with a URL. A line break in a string is an escape, so that no string can begin a line."""
    return re.compile(
        rf'^( *"(?:{"|".join(map(re.escape, names))})": ")((?:https?://[^"/\\]+)?)(/(?!/)[^"\\]*)(",?)$', re.MULTILINE
    )


@cached_by_text(maxsize=100)
def prefers_page(accept: str) -> bool:
    """True if an Accept header names HTML and prefers it to JSON, as browsers do when they open a URL."""
    types = (JSONRenderer.media_type, MEDIA_TYPE)
    return names(accept, MEDIA_TYPE) and best_match(accept, types) == MEDIA_TYPE


@cached_by_text(maxsize=100)
def accept_for_views(accept: str) -> str:
    """The header with JSON in the place of HTML: views make the JSON that the page shows."""
    return replaced(accept, MEDIA_TYPE, JSONRenderer.media_type)


def form_suffix() -> str:
    """The suffix of the entity tag of a page, whose text around the JSON is in the language of the client."""
    return f"html-{get_language()}"


def render_page(request: HttpRequest, response: HttpResponse) -> str:
    """The page for a response of this API with JSON as its content.

    A view may set the response's `page_template`, and in its `page_links` name more fields that hold URLs.
    """
    data: Any = orjson.loads(response.content)
    links = (*LINKS, *getattr(response, "page_links", ()))
    context = {
        "path": escape_uri_path(request.path),
        "url": request.get_full_path() if request.method == "GET" else "",
        "method": request.method,
        "status": response.status_code,
        "language": get_language(),
        "data": data,
        "json": json_with_links(data, _origin(request), _path_of_entries(request, data), links),
    }
    return render_to_string(getattr(response, "page_template", "http/page.html"), context)


def json_with_links(data: Any, origin: str, path_of_entries: str = "", names: tuple[str, ...] = LINKS) -> str:
    """Indented JSON as HTML.

    In the fields with these names, URLs of the given origin and those without an origin become links. The ids of the
    entries of a list lead to the entries, if these have a path.
    """

    def with_link(found: re.Match[str]) -> str:
        before, its_origin, path, after = found.groups()
        url = its_origin + path
        return f'{before}<a href="{url}">{url}</a>{after}' if its_origin in {"", origin} else found[0]

    text = escape(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode(), quote=False)
    text = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    if path_of_entries:
        text = _ID.sub(rf'\1<a href="{path_of_entries}/\2">\2</a>\3', text)
    return _link(names).sub(with_link, text)


def _path_of_entries(request: HttpRequest, data: Any) -> str:
    """The path of a list, if that of its first entry is below it and can be read; else empty."""
    results = data.get("results") if isinstance(data, dict) else None
    entry = results[0] if isinstance(results, list) and results else None
    if not isinstance(entry, dict) or "id" not in entry:
        return ""
    try:
        match = resolve(f"{request.path_info}/{entry['id']}")
    except Resolver404:
        return ""
    is_readable = "get" in getattr(match.func, "actions", {})
    return escape(escape_uri_path(request.path)) if is_readable else ""


def _origin(request: HttpRequest) -> str:
    """The origin of the request. Its Host is valid, unless the response says that it is not."""
    try:
        return f"{request.scheme}://{request.get_host()}"
    except SuspiciousOperation:
        return ""
