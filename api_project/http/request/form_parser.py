"""The parser of plain HTML forms."""

import re
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser

from api_project.http.notes import RequestNotes
from api_project.http.problems.exceptions import ParseProblem, ValidationProblem, field_error
from api_project.http.request import forms as urlencoded
from api_project.http.request.parsers import Context, body_error, check_charset

READ_AS_FORM = _(
    "The body was read as a form, because its Content-Type is `application/x-www-form-urlencoded`. For JSON, send "
    "`Content-Type: application/json`."
)
NO_PATH = _("Give the path of a page of this host, such as /welcome.")

# Neither `//host` nor `/\host`, which browsers read in the same way, and no blanks, which they remove.
_PATH = re.compile(r"/(?!/)[!-\[\]-~]*")


def is_path(text: str) -> bool:
    """True for a path of a page of this host, at which a browser may go on."""
    return bool(_PATH.fullmatch(text))


class FormData(dict[str, Any]):
    """The data of a plain HTML form. A name that occurs more than once has a list of values."""


class FormParser(BaseParser):
    """The fields of a form. An empty value counts as omitted. The CSRF token and `next` are no fields of a resource."""

    media_type = "application/x-www-form-urlencoded"
    csrf_field = "csrfmiddlewaretoken"
    next_field = "next"  # The path at which the browser goes on.

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Context | None = None
    ) -> FormData:
        check_charset(media_type)
        encoded = stream.read()
        if encoded.lstrip()[:1] in {b"{", b"["}:  # No field's name begins with these. curl's default type is a form.
            raise ParseProblem([body_error((), "read_as_form", READ_AS_FORM)], READ_AS_FORM)
        pairs, errors = urlencoded.parse(encoded, field_error)
        ParseProblem.raise_if_any(errors)
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value and name != self.csrf_field:
                values.setdefault(name, []).append(value)
        if next_paths := values.pop(self.next_field, None):
            if len(next_paths) > 1 or not is_path(next_paths[0]):
                raise ValidationProblem([field_error(self.next_field, "invalid", NO_PATH)])
            if parser_context:
                RequestNotes.get_notes(parser_context["request"]).form_target = next_paths[0]
        return FormData((name, given[0] if len(given) == 1 else given) for name, given in values.items())
