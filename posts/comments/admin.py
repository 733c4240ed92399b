from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from api_project.admin_fields import TextField
from api_project.admin_forms import ServiceForm
from api_project.admin_ui.filters import DayFilter, PersonFilter
from api_project.admin_ui.panels import ROWS, Panel, Row
from api_project.admin_ui.widgets import MarkdownWidget
from api_project.db import changes
from api_project.journal.admin.journalled import JournalledAdmin
from posts.comments.models import BODY_MAX_LENGTH, Comment


class CommentForm(ServiceForm[Comment]):
    body = TextField(max_length=BODY_MAX_LENGTH, strip=False, widget=MarkdownWidget(rows=12))

    class Meta:
        model = Comment
        fields = ("body",)

    def save(self, commit: bool = True) -> Comment:
        # The form has written on its own instance already.
        comment = Comment.objects.get(pk=self.instance.pk)
        changes.change(comment, self.cleaned_data, at=timezone.now())
        return comment


@admin.register(Comment)
class CommentAdmin(JournalledAdmin[Comment]):
    """Moderation: editors change and delete comments. Comments are written through the API."""

    editors = keeps_changes = True
    form = CommentForm
    list_display = ("__str__", "author", "post", "created_at", "last_change")
    list_select_related = ("author", "post")
    list_per_page = 50
    ordering = ("-created_at", "-pk")
    list_filter = (PersonFilter, ("created_at", DayFilter))
    search_fields = ("body",)
    search_help_text = _("A part of the comment's text. For authors, use the filter.")
    fields = ("post", "author_name", "body", ("id", "created_at", "updated_at"))
    readonly_fields = ("id", "post", "author_name", "created_at", "updated_at")
    restored_fields = ("body",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("author"))
    def author_name(self, comment: Comment) -> str:
        """The name alone: Django would link it to the account, which only admins may open."""
        return str(comment.author)

    def panels(self, request: HttpRequest) -> Iterable[Panel]:
        newest = Comment.objects.select_related("author", "post").order_by("-pk")
        rows = [Row(_page(comment), str(comment), _about(comment)) for comment in newest[:ROWS]]
        every = reverse("admin:comments_comment_changelist")
        return [Panel(gettext("Recent comments"), rows, every, gettext("There are no comments."))]


def _page(comment: Comment) -> str:
    return reverse("admin:comments_comment_change", args=[comment.pk])


def _about(comment: Comment) -> str:
    """Its author, its post and its age."""
    ago = gettext("%(time)s ago") % {"time": timesince(comment.created_at, depth=1)}
    return f"{comment.author} · {comment.post} · {ago}"
