from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget, AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api_project.admin_fields import LineField, ManyField, TextField
from api_project.admin_forms import ServiceForm
from posts.models import MAX_TAGS, Post, Tag
from posts.serializers import BODY_MAX_LENGTH
from posts.services import change_post, create_post
from posts.slugs import POST_SLUG_MAX_LENGTH, TAG_SLUG_MAX_LENGTH, BadSlug, read_slug

if TYPE_CHECKING:
    from users.models import User

_TAGS: Any = Post.tags


class SlugField(LineField):
    """A slug. Free text becomes one."""

    def __init__(self, *, slug_length: int, **kwargs: Any) -> None:
        self.slug_length = slug_length
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        try:
            return read_slug(text, max_length=self.slug_length) if text else ""
        except BadSlug as error:
            raise ValidationError(error.message, code=error.code) from None


class TagForm(ServiceForm[Tag]):
    slug = SlugField(slug_length=TAG_SLUG_MAX_LENGTH)

    class Meta:
        model = Tag
        fields = ("slug",)


class PostForm(ServiceForm[Post]):
    """Writes the post through the services, which ignore fields that do not change."""

    # The author of a new post if the form has no field for one.
    writer: ClassVar["User"]

    slug = SlugField(slug_length=POST_SLUG_MAX_LENGTH, required=False, help_text=_("If empty, derived from the title."))
    tags = ManyField(
        Tag.objects.all(),
        required=False,
        # Set here, because Django adds this widget only for models that are registered already.
        widget=RelatedFieldWidgetWrapper(
            AutocompleteSelectMultiple(_TAGS.field, admin.site), _TAGS.rel, admin.site, can_add_related=True
        ),
    )
    body = TextField(max_length=BODY_MAX_LENGTH, strip=False, widget=AdminTextareaWidget, help_text=_("Markdown."))

    class Meta:
        model = Post
        fields = ("title", "slug", "author", "tags", "published_at", "excerpt", "body")
        widgets = {"excerpt": AdminTextareaWidget({"rows": 2})}
        field_classes = {"excerpt": TextField}

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        return slug or self.instance.slug

    def clean_tags(self) -> QuerySet[Tag]:
        tags: QuerySet[Tag] = self.cleaned_data["tags"]
        if len(tags) > MAX_TAGS:
            raise ValidationError(_("Choose up to %(max)d tags."), code="max_length", params={"max": MAX_TAGS})
        return tags

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.is_change and "author" not in self.errors:
            data.setdefault("author", self.writer)
        if "author" in data and not _locked_if_open(data["author"]):
            raise ValidationError(_("The author's account is closed. Choose another author."), code="closed")
        return data

    def save(self, commit: bool = True) -> Post:
        fields = dict(self.cleaned_data)
        if "tags" in fields:
            fields["tags"] = [tag.slug for tag in fields["tags"]]
        if not self.is_change:
            return create_post(at=timezone.now(), **fields)
        # Validation has already changed the form's instance. `change_post` has to compare with the stored row.
        return change_post(post=Post.objects.get(pk=self.instance.pk), at=timezone.now(), **fields)


def _locked_if_open(author: "User") -> bool:
    """Lock the author's row until the transaction ends, so that closing the account waits for the new post.

    Returns False if the account is closed.
    """
    accounts: Any = get_user_model()._default_manager.select_for_update(no_key=True)
    return accounts.filter(pk=author.pk, closed_at=None).first() is not None
