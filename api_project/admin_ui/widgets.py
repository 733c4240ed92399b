"""Widgets of the admin with scripts of their own, which work under the Content-Security-Policy."""

import json
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, get_select2_language
from django.urls import reverse_lazy
from django.utils.translation import gettext

SELECT2 = ("admin/js/vendor/jquery/jquery.min.js", "admin/js/vendor/select2/select2.full.min.js")


class MarkdownWidget(AdminTextareaWidget):
    """A text area for Markdown, with a preview that the server renders while one writes, and the number of words."""

    template_name = "admin_ui/markdown.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, rows: int = 26) -> None:
        super().__init__({"rows": rows, "spellcheck": "true", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "preview_url": reverse_lazy("admin:preview")}

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=("admin_ui/markdown.js",), css={"screen": ("admin_ui/markdown.css",)})


class TypedSelectMultiple(forms.SelectMultiple):
    """A choice of texts that the browser completes while the user types, and of new ones.

    `url` lists completions as Select2 reads them. A completion's text is its value.
    """

    def __init__(self, url: Any, query: dict[str, str], attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.url, self.query = url, query

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        options = [self.create_option(name, text, text, True, index) for index, text in enumerate(value) if text]
        return [(None, options, 0)]

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        attrs = super().build_attrs(base_attrs, extra_attrs)
        texts = {"data-new": gettext("new"), "lang": get_select2_language()}
        own = {"class": "typed-select", "data-completions": self.url, "data-completed": json.dumps(self.query)}
        return {**attrs, **own, **texts}

    @property
    def media(self) -> forms.Media:
        language = get_select2_language()
        texts = (f"admin/js/vendor/select2/i18n/{language}.js",) if language else ()
        css = ("admin/css/vendor/select2/select2.min.css", "admin/css/autocomplete.css")
        js = (*SELECT2, *texts, "admin/js/jquery.init.js", "admin_ui/typed_select.js")
        return forms.Media(js=js, css={"screen": css})
