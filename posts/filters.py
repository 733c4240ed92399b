from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Value
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter

from api_project.http.listing.filters import DateTimeFilter, KeyFilter, MultiValueFilter, ResourceFilter
from api_project.http.request.path_keys import MAX_KEY_LENGTH, LookupKey, filter_by_path_key
from api_project.http.request.query_params import values_of
from posts.models import ANY, MAX_TAGS, Post, PostTag, Status, Tag
from posts.search.access_path import AccessPath, materialize_first, restrict_to
from posts.slugs import POST_SLUG_MAX_LENGTH, TAG_SLUG_MAX_LENGTH, BadSlug, read_slug

TIMES = ("published_at", "created_at", "updated_at")


class SlugField(forms.CharField):
    """Reads a text as the slug that it becomes."""

    def __init__(self, *, slug_length: int, **kwargs: Any) -> None:
        self.slug_length = slug_length
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        try:
            return read_slug(text, max_length=self.slug_length) if text else ""
        except BadSlug as error:
            raise ValidationError(error.message, code=error.code) from None


class StoredSlugField(SlugField):
    """The slugs that a text may stand for: the slug of the text, and the text itself, as an older rule stored it."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        slug = super().to_python(value)
        return list(dict.fromkeys([slug, LookupKey.read(value, "slug").value])) if slug else []


class SlugFilter(CharFilter):
    field_class = StoredSlugField


class AuthorFilter(KeyFilter):
    """By the author: an id, a username, or `me`."""

    parent: "ResourceFilter"  # The filters of the request, as django-filter sets it.

    def __init__(self, **kwargs: Any) -> None:
        described = {"help_text": _("An id, a username, or `me`."), **kwargs}
        super().__init__(max_length=MAX_KEY_LENGTH, **described)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        if value == "me":
            return qs.filter(author=self.parent.caller.pk)
        author = filter_by_path_key(get_user_model()._default_manager.all(), value, "username")
        return qs.filter(author=author.order_by().values("pk")[:1])


def tag_filter() -> MultiValueFilter:
    return MultiValueFilter(
        method="with_tags",
        base_field=SlugField(slug_length=TAG_SLUG_MAX_LENGTH),
        max_values=MAX_TAGS,
        help_text=_("Repeatable. A post needs all of these tags."),
    )


class PostFilter(ResourceFilter):
    scanning = frozenset({"tag", *(f"{name}__{bound}" for name in TIMES for bound in ("gte", "gt", "lte", "lt"))})

    status = ChoiceFilter(
        method="with_status",
        choices=[*Status.choices, (ANY, _("any"))],
        help_text=_("The default is `published`, or `any` if the request has `id`."),
    )
    author = AuthorFilter()
    tag = tag_filter()
    id = MultiValueFilter(
        field_name="pk",
        lookup_expr="in",
        base_field=forms.UUIDField(),
        help_text=_("Repeatable. Selects any of these posts."),
    )
    slug = SlugFilter(lookup_expr="in", slug_length=POST_SLUG_MAX_LENGTH, help_text=_("Exactly this."))
    published_at__gte = DateTimeFilter(field_name="published_at", lookup_expr="gte")
    published_at__gt = DateTimeFilter(field_name="published_at", lookup_expr="gt")
    published_at__lte = DateTimeFilter(field_name="published_at", lookup_expr="lte")
    published_at__lt = DateTimeFilter(field_name="published_at", lookup_expr="lt")
    created_at__gte = DateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_at__gt = DateTimeFilter(field_name="created_at", lookup_expr="gt")
    created_at__lte = DateTimeFilter(field_name="created_at", lookup_expr="lte")
    created_at__lt = DateTimeFilter(field_name="created_at", lookup_expr="lt")
    updated_at__gte = DateTimeFilter(field_name="updated_at", lookup_expr="gte")
    updated_at__gt = DateTimeFilter(field_name="updated_at", lookup_expr="gt")
    updated_at__lte = DateTimeFilter(field_name="updated_at", lookup_expr="lte")
    updated_at__lt = DateTimeFilter(field_name="updated_at", lookup_expr="lt")

    class Meta:
        model = Post
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        self.form.cleaned_data["status"] = effective_status(self.form.cleaned_data)
        return super().filter_queryset(queryset)

    def with_status(self, queryset: QuerySet[Post], name: str, value: str) -> QuerySet[Post]:
        if value == ANY:
            return queryset
        condition = Status(value).condition(at=self.at)
        if self._is_selective_status(value):
            return materialize_first(queryset, condition)
        return queryset.filter(condition)

    def _is_selective_status(self, status: str) -> bool:
        """True if the planner should find the few scheduled posts first, then sort them.

        Not if an index has them in list order: all scheduled posts by `published_at`, or an author's in any order.
        """
        first, *_rest = [*values_of(self.params, "ordering"), ""]
        by_time = first.removeprefix("-") == "published_at"
        return status == Status.SCHEDULED and not by_time and not self.form.cleaned_data["author"]

    def with_tags(self, queryset: QuerySet[Post], name: str, value: list[str]) -> QuerySet[Post]:
        tags = [Tag.objects.filter(slug=slug).order_by().values("pk")[:1] for slug in dict.fromkeys(value)]
        tagged = [PostTag.objects.filter(tag=tag) for tag in tags]
        candidates = [each.values_list("pk", Value(True)) for each in tagged]
        access_paths = AccessPath.choose_each(candidates, counted="page" in self.params)
        for each, access_path in zip(tagged, access_paths, strict=True):
            queryset = restrict_to(queryset, each, access_path)
        return queryset


def effective_status(filters: dict[str, Any]) -> str:
    """The requested status, or the default."""
    default = ANY if filters.get("id") else Status.PUBLISHED.value
    return filters.get("status") or default
