"""Posts on the admin's first page."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.http import urlencode
from django.utils.timesince import timesince
from django.utils.translation import gettext

from api_project.admin_ui.panels import ROWS, Panel, Row
from posts.models import Post, Status


def drafts_of(user: Any) -> Panel:
    """The user's drafts, the last changed first."""
    found = Post.objects.with_status(Status.DRAFT, at=timezone.now()).filter(author=user)
    rows = [Row(_page(post), post.title, _ago(post)) for post in _few(found.order_by("-updated_at", "-pk"))]
    more = _list(status=Status.DRAFT.value, author=user.get_username())
    write = Row(reverse("admin:posts_post_add"), gettext("Write a post"))
    return Panel(gettext("My drafts"), rows, more, gettext("You have no drafts."), action=write)


def scheduled_posts() -> Panel:
    """Everyone's scheduled posts, the next first."""
    found = Post.objects.with_status(Status.SCHEDULED, at=timezone.now()).order_by("published_at", "pk")
    rows = [Row(_page(post), post.title, f"{_time(post)} · {post.author}") for post in _few(found)]
    return Panel(gettext("Scheduled"), rows, _list(status=Status.SCHEDULED.value), gettext("Nothing is scheduled."))


def _few(posts: QuerySet[Post]) -> QuerySet[Post]:
    columns = ("title", "updated_at", "published_at", "author__username")
    return posts.select_related("author").only(*columns)[:ROWS]


def _ago(post: Post) -> str:
    return gettext("changed %(time)s ago") % {"time": timesince(post.updated_at, depth=1)}


def _time(post: Post) -> str:
    return formats.localize(timezone.localtime(post.published_at))


def _page(post: Post) -> str:
    return reverse("admin:posts_post_change", args=[post.pk])


def _list(**query: str) -> str:
    return f"{reverse('admin:posts_post_changelist')}?{urlencode(query)}"
