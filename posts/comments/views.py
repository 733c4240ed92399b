from typing import Any

from django.db.models import QuerySet
from rest_framework.permissions import IsAuthenticated

from api_project.http.authentication import require_user
from api_project.http.permissions import ReadOnly
from api_project.http.viewsets.create_on_put import CreateOnPutMixin
from api_project.http.viewsets.parents import Parent
from api_project.http.viewsets.scope import Scope
from api_project.http.viewsets.viewset import ResourceViewSet
from posts.comments.filters import CommentFilter
from posts.comments.models import Comment
from posts.comments.permissions import IsCommenter, IsPostAuthor
from posts.comments.serializers import CommentSerializer
from posts.comments.services import add_comment
from posts.models import Post
from posts.permissions import IsEditor, NamesAuthors


class CommentViewSet(CreateOnPutMixin[Comment], ResourceViewSet[Comment]):
    serializer_class = CommentSerializer
    filterset_class = CommentFilter
    permission_classes = [NamesAuthors, ReadOnly | (IsAuthenticated & (IsCommenter | IsEditor | IsPostAuthor))]
    parent = Parent(Post, "post", natural_key="slug", visible=lambda s: Post.objects.visible_to(s.user, at=s.now))
    etag_fields = ("id", "author", "updated_at")
    ordering_fields = {"created_at": "created_at"}
    ordering = ("created_at",)
    access_scope = "posts"

    def get_queryset(self, scope: Scope) -> QuerySet[Comment]:
        return Comment.objects.visible_to(scope.user, at=scope.now)

    def perform_create(self, data: dict[str, Any]) -> Comment:
        return add_comment(post=self.parent_object, author=require_user(self.request), at=self.at, **data)
