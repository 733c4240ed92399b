from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from api_project.http.listing.filters import KeyField, ResourceFilter
from posts.filters import AuthorFilter, PostFilter, tag_filter
from posts.models import Post


class NamedKeyField(KeyField):
    """A key that means the same for every caller, which `me` does not."""

    def to_python(self, value: Any) -> str:
        key = super().to_python(value)
        if key == "me":
            raise ValidationError(_("A feed is the same for every caller. Give an id or a username."), code="invalid")
        return key


class NamedAuthorFilter(AuthorFilter):
    field_class = NamedKeyField


class PostFeedFilter(ResourceFilter):
    scanning = frozenset({"tag"})

    author = NamedAuthorFilter(help_text=_("An id or a username."))
    tag = tag_filter()

    with_tags = PostFilter.with_tags

    class Meta:
        model = Post
        fields: tuple[str, ...] = ()
