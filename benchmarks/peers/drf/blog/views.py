from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from blog.filters import PostFilter
from blog.models import Post
from blog.serializers import PostSerializer

ORDERING = ("-published_at", "-id")


class ByCursor(CursorPagination):
    page_size = 20
    ordering = ORDERING

    def get_paginated_response(self, data: list[object]) -> Response:
        return Response(
            {"count": None, "next": self.get_next_link(), "previous": self.get_previous_link(), "results": data}
        )


class ByNumber(PageNumberPagination):
    page_size = 20


class PostViewSet(ModelViewSet):
    queryset = Post.objects.select_related("author").prefetch_related("tags").defer("search")
    serializer_class = PostSerializer
    filterset_class = PostFilter
    pagination_class = ByCursor

    def get_queryset(self) -> QuerySet[Post]:
        return super().get_queryset().filter(published_at__lte=timezone.now())

    def perform_create(self, serializer: BaseSerializer[Post]) -> None:
        serializer.save(author=self.request.user)


class NumberedPostViewSet(PostViewSet):
    queryset = PostViewSet.queryset.order_by(*ORDERING)
    pagination_class = ByNumber
