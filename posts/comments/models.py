from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from api_project.db.fields import new_id
from posts.models import Post

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from users.models import User

BODY_MAX_LENGTH = 10_000


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: "User | AnonymousUser", *, at: datetime) -> "CommentQuerySet":
        """The comments on posts that the user may see."""
        return self.filter(Exists(Post.objects.visible_to(user, at=at).filter(pk=OuterRef("post"))))


class Comment(models.Model):
    id = models.UUIDField(_("id"), primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(
        Post,
        on_delete=models.CASCADE,
        db_index=False,  # The indexes below begin with it.
        related_name="comments",
        verbose_name=_("post"),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="comments", verbose_name=_("author")
    )
    body = models.TextField(_("body"), max_length=BODY_MAX_LENGTH, help_text=_("Markdown source."))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = (models.CheckConstraint(condition=~Q(body=""), name="comment_body_not_empty"),)
        indexes = (
            models.Index(fields=("post", "created_at", "id"), name="comment_post_created_at"),
            models.Index(fields=("post", "author", "created_at", "id"), name="comment_post_author"),
        )

    def __str__(self) -> str:
        return Truncator(self.body).chars(60)
