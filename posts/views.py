from typing import Any

from django.db.models import QuerySet
from rest_framework.permissions import IsAuthenticated

from api_project.http.authentication import require_user
from api_project.http.permissions import ReadOnly
from api_project.http.viewsets.create_on_put import CreateOnPutMixin
from api_project.http.viewsets.list import ListMixin
from api_project.http.viewsets.parents import Parent
from api_project.http.viewsets.scope import Scope
from api_project.http.viewsets.viewset import ResourceViewSet
from api_project.journal.views.revisions import RestoreRevisionMixin, RevisionViewSet
from posts import services
from posts.filters import PostFilter, effective_status
from posts.models import Post, Status, Tag
from posts.permissions import IsAuthor, IsEditor, MaySeeRevisions, RequestsPublishedOnly
from posts.search.query import PostSearch
from posts.serializers import PostRevisionSerializer, PostSerializer, TagSerializer


class PostViewSet(RestoreRevisionMixin[Post], CreateOnPutMixin[Post], ResourceViewSet[Post]):
    queryset = Post.objects.all()
    serializer_class = PostSerializer
    filterset_class = PostFilter
    permission_classes = [(ReadOnly & RequestsPublishedOnly) | (IsAuthenticated & (ReadOnly | IsAuthor | IsEditor))]
    natural_key = "slug"
    etag_fields = ("id", "status", "author", "updated_at")
    ordering_fields = {
        "id": "id",
        "published_at": "published_at",
        "created_at": "created_at",
        "updated_at": "updated_at",
        "title": "title_folded",
    }
    ordering = ("-published_at",)
    search = PostSearch
    alternates = {
        "posts-atom": "application/atom+xml",
        "posts-rss": "application/rss+xml",
        "posts-json": "application/feed+json",
    }
    restored_fields = ("title", "body", "excerpt", "tags")
    access_scope = "posts"

    def get_queryset(self, scope: Scope) -> QuerySet[Post]:
        return Post.objects.visible_to(scope.user, at=scope.now)

    def get_ordering(self, filters: dict[str, Any]) -> tuple[dict[str, str], Any]:
        fields, status = self.ordering_fields, effective_status(filters)
        if status == Status.PUBLISHED:
            return super().get_ordering(filters)
        if status != Status.SCHEDULED:  # Drafts have no `published_at` to be ordered by.
            fields = {name: column for name, column in fields.items() if name != "published_at"}
        return dict(fields), ("-updated_at",)

    def perform_create(self, data: dict[str, Any]) -> Post:
        return services.create_post(author=require_user(self.request), at=self.at, **data)

    def perform_update(self, instance: Post, data: dict[str, Any]) -> Post:
        return services.change_post(post=instance, at=self.at, **data)


class PostRevisionViewSet(RevisionViewSet):
    """The versions of a post."""

    parent = Parent(
        Post,
        "resource_id",
        natural_key="slug",
        visible=lambda scope: Post.objects.visible_to(scope.user, at=scope.now),
        name="post",
    )
    detail_serializer_class = PostRevisionSerializer
    permission_classes = [IsAuthenticated & MaySeeRevisions]
    access_scope = "posts"


class TagViewSet(ListMixin[Tag]):
    queryset = Tag.objects.all()
    serializer_class = TagSerializer
    ordering_fields = {"slug": "slug"}
    ordering = ("slug",)
    access_scope = "posts"

    def get_queryset(self, scope: Scope) -> QuerySet[Tag]:
        return Tag.objects.in_use(at=scope.now)
