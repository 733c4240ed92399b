from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull, LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api_project.db.expressions import LikelyCondition
from api_project.db.fields import CodePointCharField, FoldedCharField, new_id
from posts.slugs import POST_SLUG_MAX_LENGTH, TAG_SLUG_MAX_LENGTH

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from users.models import User


MAX_TAGS = 20
ANY = "any"  # Filters by no status.


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("scheduled")
    PUBLISHED = "published", _("published")

    def condition(self, *, at: datetime) -> Q:
        """Selects the posts that have this status at that time."""
        if self is Status.DRAFT:
            return Q(LikelyCondition(IsNull(F("published_at"), True)))
        if self is Status.SCHEDULED:
            return Q(published_at__gt=at)
        return Q(LikelyCondition(LessThanOrEqual(F("published_at"), at)))

    @classmethod
    def of(cls, published_at: datetime | None, *, at: datetime) -> "Status":
        if published_at is None:
            return cls.DRAFT
        return cls.SCHEDULED if published_at > at else cls.PUBLISHED


class TagQuerySet(models.QuerySet["Tag"]):
    def in_use(self, *, at: datetime) -> "TagQuerySet":
        """Tags of published posts, with `post_count`. It is a subquery, so that a page counts only its own tags."""
        published = PostTag.objects.filter(tag=OuterRef("pk"), post__published_at__lte=at)
        counted = published.order_by().values("tag").annotate(count=Count("pk")).values("count")
        return self.filter(Exists(published)).annotate(post_count=Subquery(counted))


class Tag(models.Model):
    slug = CodePointCharField(_("slug"), max_length=TAG_SLUG_MAX_LENGTH, unique=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("slug",)
        constraints = (models.CheckConstraint(condition=~Q(slug=""), name="tag_slug_not_empty"),)

    def __str__(self) -> str:
        return self.slug


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: "User | AnonymousUser", *, at: datetime) -> "PostQuerySet":
        published = Status.PUBLISHED.condition(at=at)
        if not user.is_authenticated:
            return self.filter(published)
        return self if user.is_editor else self.filter(published | Q(author=user.pk))

    def with_status(self, status: Status, *, at: datetime) -> "PostQuerySet":
        return self.filter(status.condition(at=at))


class Post(models.Model):
    id = models.UUIDField(_("id"), primary_key=True, default=new_id, editable=False)
    slug = CodePointCharField(_("slug"), max_length=POST_SLUG_MAX_LENGTH)
    title = models.CharField(_("title"), max_length=200)
    title_folded = FoldedCharField(of="title", max_length=600)
    body = models.TextField(_("body"), validators=[MaxLengthValidator(100_000)], help_text=_("Markdown."))
    excerpt = models.CharField(_("excerpt"), max_length=300, blank=True)
    published_at = models.DateTimeField(
        _("published at"), null=True, blank=True, help_text=_("Empty: a draft. In the future: scheduled.")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        db_index=False,  # Other indexes begin with it.
        related_name="posts",
        verbose_name=_("author"),
    )
    tags = models.ManyToManyField(Tag, through="PostTag", related_name="posts", verbose_name=_("tags"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now, editable=False)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = (
            # With `unique=True`, Django would create a second index for LIKE, which this collation does not need.
            models.UniqueConstraint(fields=("slug",), name="post_slug_unique"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(slug=""), name="post_title_and_slug_not_empty"),
        )
        indexes = (
            models.Index(fields=("published_at", "id"), name="post_published_at"),
            models.Index(fields=("created_at", "id"), name="post_created_at"),
            models.Index(fields=("updated_at", "id"), name="post_updated_at"),
            models.Index(fields=("title_folded", "id"), name="post_title"),
            models.Index(fields=("author", "published_at", "id"), name="post_author_published_at"),
            models.Index(fields=("author", "updated_at", "id"), name="post_author_updated_at"),
            # Drafts are rare, and `published_at` cannot order them.
            models.Index(fields=("updated_at", "id"), condition=Q(published_at=None), name="post_draft"),
            models.Index(
                fields=("author", "updated_at", "id"), condition=Q(published_at=None), name="post_author_draft"
            ),
        )

    def __str__(self) -> str:
        return self.title

    def status_at(self, at: datetime) -> Status:
        return Status.of(self.published_at, at=at)


class PostTag(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, db_index=False)  # The constraint's index begins with it.
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("post", "tag"), name="post_tag_unique"),)

    def __str__(self) -> str:
        return f"{self.post_id} {self.tag_id}"


class SearchDocument(models.Model):
    """The search index of a post: the tokens of its title, body and tags in one line.

    It is a table of its own, so that reading posts does not read it. FTS5 uses its id as rowid.
    """

    id = models.BigAutoField(primary_key=True)
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="+")
    tokens = models.TextField(db_column="words")

    def __str__(self) -> str:
        return str(self.post_id)
