from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from api_project.http.serializers import (
    LEFT_OUT,
    DerivedField,
    InstantField,
    RelatedListField,
    ResourceSerializer,
    TextField,
)
from posts.models import Post, Status, Tag
from posts.slugs import POST_SLUG_MAX_LENGTH, TAG_SLUG_MAX_LENGTH, looks_like_uuid, slugify

MAX_TAGS = 20
TITLE_MAX_LENGTH = 200
BODY_MAX_LENGTH = 100_000


class AuthorSerializer(serializers.ModelSerializer[Any]):
    """Who wrote a post."""

    class Meta:
        model = get_user_model()
        fields = ("id", "username", "display_name")
        read_only_fields = fields


@extend_schema_field(serializers.ChoiceField(choices=Status.choices, read_only=True))
class StatusField(DerivedField):
    """Follows from `published_at` at the time of the request."""

    def derive(self, value: datetime | None, *, at: datetime) -> str:
        return Status.of(value, at=at)


class SlugField(TextField):
    """A slug; free text becomes one."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "no_slug": _("A slug needs a letter or a digit."),
        "looks_like_id": _("A slug may not look like an id."),
        "max_length": _("Ensure this field has no more than {max_length} characters."),
    }

    def __init__(self, *, slug_length: int, **kwargs: Any) -> None:
        self.slug_length = slug_length
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        slug = slugify(super().to_internal_value(data))
        if not slug:
            self.fail("no_slug")
        if looks_like_uuid(slug):
            self.fail("looks_like_id")
        if len(slug) > self.slug_length:
            self.fail("max_length", max_length=self.slug_length)
        return slug


class TagsField(RelatedListField):
    """Slugs of tags, sorted, each once."""

    child = SlugField(slug_length=TAG_SLUG_MAX_LENGTH)

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, list) and len(data) > MAX_TAGS:  # Before each of what may be half a million is looked at.
            self.fail("max_length", max_length=MAX_TAGS)
        return sorted(set(super().to_internal_value(data)))


class PostSerializer(ResourceSerializer[Post]):
    slug = SlugField(
        slug_length=POST_SLUG_MAX_LENGTH,
        required=False,
        validators=[UniqueValidator(Post.objects.all())],
        help_text=_("Unique. Made from the title when left out."),
    )
    title = TextField(max_length=TITLE_MAX_LENGTH)
    body = TextField(max_length=BODY_MAX_LENGTH, trim_whitespace=False, help_text=_("Markdown source."))
    excerpt = TextField(max_length=300, allow_blank=True, default="")
    status = StatusField(source="published_at", help_text=_("Follows from `published_at`."))
    published_at = InstantField(
        required=False,
        allow_null=True,
        help_text=_("null: a draft. In the future: scheduled. Left out on create: now."),
    )
    author = AuthorSerializer(read_only=True)
    tags = TagsField(max_length=MAX_TAGS, default=list, help_text=_("Slugs; free text is made into them."))

    class Meta:
        model = Post
        fields = (
            "id",
            "slug",
            "title",
            "body",
            "excerpt",
            "status",
            "published_at",
            "author",
            "tags",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")
        null_means: ClassVar[dict[str, Any]] = {"slug": LEFT_OUT, "excerpt": "", "tags": []}


class TagSerializer(ResourceSerializer[Tag]):
    post_count = serializers.IntegerField(read_only=True, help_text=_("Published posts with this tag."))

    class Meta:
        model = Tag
        fields = ("slug", "post_count")
        read_only_fields = fields
