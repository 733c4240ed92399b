"""Panels of the admin's first page: a few objects each, declared by the admin of their model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

ROWS = 5


@dataclass(frozen=True)
class Row:
    url: str
    text: str
    detail: str = ""


@dataclass(frozen=True)
class Panel:
    """A list of links.

    `more` is the page with all of them, `empty` is shown if there are none, and `action` is a button above all panels.
    """

    title: str
    rows: Sequence[Row]
    more: str
    empty: str
    action: Row | None = None


def panels_of(model_admins: Iterable[Any], request: HttpRequest) -> list[Panel]:
    """The panels of the models that the user may see."""
    visible = [each for each in model_admins if each.has_view_permission(request)]
    return [panel for each in visible for panel in each.panels(request)]
