"""Filters of the list of posts."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts.models import Post, PostTag, Status

RECENT_POSTS = 500
FREQUENT_TAGS = 15


class StatusFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Status.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        status = self.value()
        return queryset.filter(Status(status).condition(at=timezone.now())) if status in Status.values else queryset


class TagFilter(admin.SimpleListFilter):
    """Offers the most frequent tags of recent posts. The links in the list select any other tag."""

    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        recent = Post.objects.order_by("-updated_at", "-pk").values("pk")[:RECENT_POSTS]
        counted = PostTag.objects.filter(post__in=recent).values_list("tag__slug").annotate(uses=Count("pk"))
        frequent = [slug for slug, _uses in counted.order_by("-uses", "tag__slug")[:FREQUENT_TAGS]]
        return [(slug, slug) for slug in dict.fromkeys([*request.GET.getlist(self.parameter_name), *frequent])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        if self.value() is None:
            return queryset
        return queryset.filter(pk__in=PostTag.objects.filter(tag__slug=self.value()).values("post"))
