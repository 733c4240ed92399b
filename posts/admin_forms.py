from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget, AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts.models import Post, Tag
from posts.serializers import BODY_MAX_LENGTH, MAX_TAGS
from posts.services import change_post, create_post
from posts.slugs import POST_SLUG_MAX_LENGTH, TAG_SLUG_MAX_LENGTH, looks_like_uuid, slugify

_TAGS: Any = Post.tags


class SlugField(forms.CharField):
    """A slug; free text becomes one."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        slug = slugify(text)
        if text and not slug:
            raise ValidationError(_("A slug needs a letter or a digit."), code="no_slug")
        if looks_like_uuid(slug):
            raise ValidationError(_("A slug may not look like an id."), code="looks_like_id")
        return slug


class MarkdownField(forms.CharField):
    """Kept as it is, but for the line ends, which browsers send as CR LF."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, widget=AdminTextareaWidget, **kwargs)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class TagForm(forms.ModelForm[Tag]):
    slug = SlugField(max_length=TAG_SLUG_MAX_LENGTH)

    class Meta:
        model = Tag
        fields = ("slug",)


class PostForm(forms.ModelForm[Post]):
    """Writes the post through the services: what does not change leaves no trace."""

    slug = SlugField(max_length=POST_SLUG_MAX_LENGTH, required=False, help_text=_("Empty: made from the title."))
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(),
        required=False,
        widget=RelatedFieldWidgetWrapper(AutocompleteSelectMultiple(_TAGS.field, admin.site), _TAGS.rel, admin.site),
    )
    body = MarkdownField(max_length=BODY_MAX_LENGTH, help_text=_("Markdown."))

    class Meta:
        model = Post
        fields = ("title", "slug", "author", "tags", "published_at", "excerpt", "body")
        widgets = {"excerpt": AdminTextareaWidget({"rows": 2})}

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        return slug or self.instance.slug

    def clean_tags(self) -> QuerySet[Tag]:
        tags: QuerySet[Tag] = self.cleaned_data["tags"]
        if len(tags) > MAX_TAGS:
            raise ValidationError(_("Choose up to %(max)d tags."), code="max_length", params={"max": MAX_TAGS})
        return tags

    def save(self, commit: bool = True) -> Post:
        fields = {
            name: self.cleaned_data[name] for name in ("title", "slug", "author", "published_at", "excerpt", "body")
        }
        tags = [tag.slug for tag in self.cleaned_data["tags"]]
        if self.instance._state.adding:
            return create_post(at=timezone.now(), tags=tags, **fields)
        # The form has written on its instance already; what changes shows against the row alone.
        post = Post.objects.select_for_update().get(pk=self.instance.pk)
        return change_post(post=post, at=timezone.now(), tags=tags, **fields)
