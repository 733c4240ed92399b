"""The state of a post on its page, and the buttons that change it."""

from dataclasses import dataclass
from typing import Any

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from api_project.admin_ui.times import zone_name
from posts.models import Post, Status


@dataclass(frozen=True)
class Button:
    name: str
    label: Any
    is_main: bool = False
    is_plain: bool = False


# The first one is what Enter in a field presses: it changes no state.
_SAVE = {
    Status.DRAFT: Button("_continue", _("Save draft"), is_main=True),
    Status.SCHEDULED: Button("_continue", _("Save changes"), is_main=True),
    Status.PUBLISHED: Button("_continue", _("Save changes"), is_main=True),
}
_PUBLISH = Button("_publish", _("Publish now"), is_main=True)
_SCHEDULE = Button("_schedule", _("Schedule"))
_BACK_TO_DRAFT = Button("_draft", _("Back to draft"), is_plain=True)
_OTHERS = {
    Status.DRAFT: (_PUBLISH, _SCHEDULE),
    Status.SCHEDULED: (Button("_publish", _("Publish now")), _BACK_TO_DRAFT),
    Status.PUBLISHED: (_BACK_TO_DRAFT,),
}


def buttons(status: Status, *, is_new: bool) -> list[Button]:
    """The buttons of a post with this status."""
    close = () if is_new else (Button("_save", _("Save and close"), is_plain=True),)
    return [_SAVE[status], *_OTHERS[status], *close]


def explanation(status: Status, post: Post | None) -> str:
    """The meaning of the status for readers, and the effects of the buttons."""
    if post is None:
        return gettext("New. “Schedule” needs a publication time, “Publish now” none.")
    if status is Status.DRAFT:
        return gettext("Draft: only its author and editors see it. “Schedule” needs a publication time.")
    if status is Status.SCHEDULED:
        return gettext("Scheduled: readers see it from %(time)s.") % {"time": _moment(post)}
    return gettext("Published: readers see it since %(time)s, and your changes as soon as you save.") % {
        "time": _moment(post)
    }


def announcement(post: Post, *, link: str | None) -> str:
    """The result of saving the post, with a link to its page if it has one."""
    status = post.status_at(timezone.now())
    if status is Status.DRAFT:
        return format_html(gettext("“{}” is saved as a draft."), post)
    if status is Status.SCHEDULED:
        return format_html(gettext("“{}” is scheduled. Readers see it from {}."), post, _moment(post))
    if link is None:
        return format_html(gettext("“{}” is saved and published."), post)
    page = format_html('<a href="{}">{}</a>', link, gettext("Open its page"))
    return format_html(gettext("“{}” is saved and published. {}"), post, page)


def _moment(post: Any) -> str:
    """The publication time with its zone. Drafts have none."""
    return f"{formats.localize(timezone.localtime(post.published_at))} {zone_name()}"
