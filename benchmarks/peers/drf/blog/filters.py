from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet
from django_filters import CharFilter, FilterSet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from blog.models import Post


class PostFilter(FilterSet):
    author = CharFilter(field_name="author__username")

    class Meta:
        model = Post
        fields = ("author",)


class FullTextSearchFilter(BaseFilterBackend):
    """`search` uses the stored vector and its index, as Django's page on full text search recommends for speed."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        words = request.query_params.get("search")
        return queryset.filter(search=SearchQuery(words, config="simple")) if words else queryset
