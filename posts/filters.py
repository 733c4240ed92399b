from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Subquery, Value
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter
from rest_framework.request import Request

from api_project.http.authentication import signed_in_user
from api_project.http.filters import InstantFilter, RepeatedFilter, ResourceFilter
from api_project.http.keys import find_by_key
from posts.among import Way, among, few
from posts.models import Post, PostTag, Status, Tag
from posts.slugs import slugify

ANY = "any"


class SlugField(forms.CharField):
    """The slug of a text."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if text and not slugify(text):
            raise ValidationError(_("A slug needs a letter or a digit."), code="no_slug")
        return slugify(text)


class SlugFilter(CharFilter):
    field_class = SlugField


class PostFilter(ResourceFilter):
    request: Request

    status = ChoiceFilter(
        method="with_status",
        choices=[*Status.choices, (ANY, _("any"))],
        help_text=_("`published` unless given; `any` unless given where posts are named by `id`."),
    )
    author = CharFilter(method="by_author", help_text=_("An id, a username, or `me`."))
    tag = RepeatedFilter(method="with_tags", each=SlugField(), help_text=_("Repeatable: posts with all of them."))
    id = RepeatedFilter(
        field_name="pk", lookup_expr="in", each=forms.UUIDField(), help_text=_("Repeatable: any of these posts.")
    )
    slug = SlugFilter()
    published_at__gte = InstantFilter(field_name="published_at", lookup_expr="gte")
    published_at__gt = InstantFilter(field_name="published_at", lookup_expr="gt")
    published_at__lte = InstantFilter(field_name="published_at", lookup_expr="lte")
    published_at__lt = InstantFilter(field_name="published_at", lookup_expr="lt")
    created_at__gte = InstantFilter(field_name="created_at", lookup_expr="gte")
    created_at__gt = InstantFilter(field_name="created_at", lookup_expr="gt")
    created_at__lte = InstantFilter(field_name="created_at", lookup_expr="lte")
    created_at__lt = InstantFilter(field_name="created_at", lookup_expr="lt")
    updated_at__gte = InstantFilter(field_name="updated_at", lookup_expr="gte")
    updated_at__gt = InstantFilter(field_name="updated_at", lookup_expr="gt")
    updated_at__lte = InstantFilter(field_name="updated_at", lookup_expr="lte")
    updated_at__lt = InstantFilter(field_name="updated_at", lookup_expr="lt")

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
        return few(queryset, condition) if self._asks_for_few(value) else queryset.filter(condition)

    def _asks_for_few(self, status: str) -> bool:
        """Unless an index has them in their order: all that are scheduled by their time, or an author's in any."""
        by_time = self.request.query_params.get("ordering", "").removeprefix("-").startswith("published_at")
        return status == Status.SCHEDULED and not by_time and not self.form.cleaned_data["author"]

    def by_author(self, queryset: QuerySet[Post], name: str, value: str) -> QuerySet[Post]:
        if value == "me":
            return queryset.filter(author=signed_in_user(self.request))
        author = find_by_key(get_user_model()._default_manager.all(), value, "username")
        return queryset.filter(author=Subquery(author.values("pk")))

    def with_tags(self, queryset: QuerySet[Post], name: str, value: list[str]) -> QuerySet[Post]:
        counted = "page" in self.request.query_params
        for slug in set(value):
            tagged = PostTag.objects.filter(tag=Subquery(Tag.objects.filter(slug=slug).order_by().values("pk")))
            way = Way.to(tagged.values_list("pk", Value(True)), counted=counted)
            queryset = among(queryset, tagged, way)
        return queryset


def effective_status(filters: dict[str, Any]) -> str:
    """The status asked for, or the default one."""
    default = ANY if filters.get("id") else Status.PUBLISHED.value
    return filters.get("status") or default
