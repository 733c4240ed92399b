from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from api_project.http.representation.fields import (
    ComputedField,
    DateTimeField,
    LineField,
    SlugListField,
    StrictCharField,
)
from api_project.http.representation.messages import SEND_ONE_OF
from api_project.http.representation.serializers import OMIT, ResourceSerializer
from api_project.journal.serializers import RevisionSerializer
from api_project.markdown import to_html
from posts.models import MAX_TAGS, Post, Status, Tag
from posts.slugs import POST_SLUG_MAX_LENGTH, TAG_SLUG_MAX_LENGTH, BadSlug, read_slug

TITLE_MAX_LENGTH = 200
BODY_MAX_LENGTH = 100_000


class AuthorSerializer(serializers.ModelSerializer[Any]):
    """The author of a post."""

    class Meta:
        model = get_user_model()
        fields = ("id", "username", "display_name")
        read_only_fields = fields


@extend_schema_field(serializers.ChoiceField(choices=Status.choices))
class StatusField(ComputedField):
    """Derived from `published_at` at the time of the request."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid_choice": SEND_ONE_OF}

    def to_internal_value(self, data: Any) -> Status:
        if not isinstance(data, str) or data not in Status.values:
            self.fail("invalid_choice", options=", ".join(Status.values))
        return Status(data)

    compute = Status.of  # type: ignore[assignment]


class SlugField(LineField):
    """A slug. Free text becomes one."""

    def __init__(self, *, slug_length: int, **kwargs: Any) -> None:
        self.slug_length = slug_length
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        try:
            return read_slug(super().to_internal_value(data), max_length=self.slug_length)
        except BadSlug as error:
            raise serializers.ValidationError(error.message, code=error.code) from None


class TagsField(SlugListField):
    """The slugs of a post's tags, sorted and without duplicates."""

    child = SlugField(slug_length=TAG_SLUG_MAX_LENGTH)

    def to_internal_value(self, data: Any) -> list[str]:
        return sorted(set(super().to_internal_value(data)))


@extend_schema_field(serializers.CharField())
class HtmlField(ComputedField):
    """The HTML of a Markdown text."""

    def compute(self, value: str, *, at: datetime) -> str:
        return to_html(value)


class PostSerializer(ResourceSerializer[Post]):
    slug = SlugField(
        slug_length=POST_SLUG_MAX_LENGTH,
        required=False,
        validators=[UniqueValidator(Post.objects.all(), _("Another post has this slug."))],
        help_text=_("Unique. Derived from the title if you omit it."),
    )
    title = LineField(max_length=TITLE_MAX_LENGTH)
    body = StrictCharField(max_length=BODY_MAX_LENGTH, trim_whitespace=False, help_text=_("Markdown source."))
    body_html = HtmlField(
        source="body", on_request=True, help_text=_("The body as sanitised HTML, ready to be shown in a page.")
    )
    excerpt = StrictCharField(max_length=300, allow_blank=True, default="")
    status = StatusField(
        source="published_at",
        read_only=False,
        required=False,
        help_text=_(
            "Derived from `published_at`. Alone, it sets `published_at`: `draft` makes the post a draft, `published`"
            " publishes it now unless it is published already. Together, the two have to agree."
        ),
    )
    published_at = DateTimeField(
        required=False,
        allow_null=True,
        help_text=_("null makes the post a draft; a future time schedules it. The default on create is now."),
    )
    author = AuthorSerializer(read_only=True)
    tags = TagsField(max_length=MAX_TAGS, default=list, help_text=_("Slugs. Free text becomes slugs."))

    class Meta:
        model = Post
        fields = (
            "id",
            "slug",
            "title",
            "body",
            "body_html",
            "excerpt",
            "status",
            "published_at",
            "author",
            "tags",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "created_at", "updated_at")
        null_values: ClassVar[dict[str, Any]] = {"slug": OMIT, "status": OMIT, "excerpt": "", "tags": []}

    def validate_status(self, status: Status) -> Status:
        """Compares with `published_at` as the client sent it. If that is malformed, the client sees both errors."""
        if "published_at" in self.initial_data:
            if (status is Status.DRAFT) is not (self.initial_data["published_at"] is None):
                raise serializers.ValidationError(_STATUS_CONFLICTS[status], code="conflict")
        elif status is Status.SCHEDULED and self._stored_status() is not Status.SCHEDULED:
            raise serializers.ValidationError(_STATUS_CONFLICTS[status], code="conflict")
        return status

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        status = attrs.pop("status", None)
        if status is None or "published_at" in attrs or status is self._stored_status():
            return attrs
        return attrs | {"published_at": None if status is Status.DRAFT else self.context["at"]}

    def _stored_status(self) -> Status | None:
        """The status of the stored post; None for a new one. Another request may have published it after `at`."""
        post: Any = self.instance
        return post.status_at(max(self.context["at"], post.updated_at)) if post else None


_STATUS_CONFLICTS = {
    Status.DRAFT: _("A draft has no time of publication. Send `published_at` as null, or omit it."),
    Status.SCHEDULED: _("To schedule a post, send a future time as `published_at`."),
    Status.PUBLISHED: _("A published post has a time of publication. To publish now, omit `published_at`."),
}


class PostVersionSerializer(serializers.Serializer[Any]):
    """The fields of a version of a post."""

    slug = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    body = serializers.CharField(read_only=True)
    excerpt = serializers.CharField(read_only=True)
    published_at = DateTimeField(read_only=True, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)


class PostRevisionSerializer(RevisionSerializer):
    """A version of a post, and what it changed."""

    data = PostVersionSerializer(read_only=True, help_text=_("The post as it was."))  # type: ignore[assignment]
    previous = serializers.DictField(read_only=True, help_text=_("The values that the changed fields had before."))

    class Meta(RevisionSerializer.Meta):
        fields = (*RevisionSerializer.Meta.fields, "data", "previous")
        read_only_fields = fields


class TagSerializer(ResourceSerializer[Tag]):
    post_count = serializers.IntegerField(read_only=True, help_text=_("Published posts with this tag."))

    class Meta:
        model = Tag
        fields = ("slug", "post_count")
        read_only_fields = fields
