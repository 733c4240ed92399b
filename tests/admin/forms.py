"""The fields that a browser sends for a form."""

import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client

Sent = dict[str, list[str]]

NOT_SENT = {"submit", "button", "image", "reset", "file"}


def _is_sent(given: dict[str, str]) -> bool:
    kind = given.get("type", "text")
    return kind not in NOT_SENT and (kind not in {"checkbox", "radio"} or "checked" in given)


class _Form(HTMLParser):
    """The successful controls of one form (HTML §4.10.21.4), with sanitised values."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.sent: Sent = {}
        self._id, self._inside, self._select, self._textarea = form_id, False, "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._inside = self._inside or (tag == "form" and given.get("id") == self._id)
        if not self._inside:
            return
        if tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self._add(self._select, given["value"])
        elif tag == "textarea":
            self._textarea = given.get("name", "")
            self._add(self._textarea, "")
        elif tag == "input" and _is_sent(given):
            default = "on" if "checked" in given else ""
            self._add(given.get("name", ""), re.sub(r"[\r\n]", "", given.get("value", default)))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"
        if tag == "textarea" and self._textarea:
            text = self.sent[self._textarea].pop().removeprefix("\n")
            self._add(self._textarea, re.sub(r"\r\n?|\n", "\r\n", text))
        self._textarea = "" if tag == "textarea" else self._textarea

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.sent[self._textarea][-1] += data

    def _add(self, name: str, value: str) -> None:
        if name:
            self.sent.setdefault(name, []).append(value)


def form_of(response: Any, form_id: str) -> Sent:
    form = _Form(form_id)
    form.feed(response.content.decode())
    assert form.sent
    return form.sent


def opened(client: Client, url: str) -> Sent:
    """The fields that a browser sends for the unchanged form of the page."""
    return form_of(client.get(url), f"{url.split('/')[3]}_form")
