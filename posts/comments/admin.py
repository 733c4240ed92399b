from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api_project.admin_fields import TextField
from api_project.admin_forms import ServiceForm
from api_project.db import changes
from api_project.journal.admin.journalled import JournalledAdmin
from posts.comments.models import BODY_MAX_LENGTH, Comment


class CommentForm(ServiceForm[Comment]):
    body = TextField(max_length=BODY_MAX_LENGTH, strip=False, widget=AdminTextareaWidget, help_text=_("Markdown."))

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

    editors = True
    form = CommentForm
    list_display = ("__str__", "author", "post", "created_at", "last_change")
    list_select_related = ("author", "post")
    list_per_page = 50
    ordering = ("-created_at", "-pk")
    search_fields = ("body",)
    readonly_fields = ("id", "post", "author", "created_at", "updated_at")
    restored_fields = ("body",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
