from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from api_project.http.authentication import require_user
from posts.models import ANY, Post, Status


class IsAuthor(BasePermission):
    message = _("Only the author, an editor or an admin may change or delete this post.")

    def has_object_permission(self, request: Request, view: APIView, obj: Post) -> bool:
        return obj.author_id == request.user.pk


class IsEditor(BasePermission):
    def has_object_permission(self, request: Request, view: APIView, obj: Post) -> bool:
        return request.user.is_authenticated and request.user.is_editor


class MaySeeRevisions(BasePermission):
    """For a list below a post: its author and editors."""

    message = _("Only the author, an editor or an admin may see or restore the versions of this post.")

    def has_permission(self, request: Request, view: Any) -> bool:
        user, post = require_user(request), view.parent_object
        return user.is_editor or (post is not None and post.author_id == user.pk)


NON_PUBLIC_STATUSES = frozenset({*Status.values, ANY}) - {Status.PUBLISHED.value}


class NamesAuthors(BasePermission):
    """Refuses anonymous lists of `me`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.is_authenticated or "me" not in request.query_params.getlist("author")


class RequestsPublishedOnly(BasePermission):
    """Allows only lists of published posts by named authors. The public has no other lists."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action != "list":
            return True
        params = request.query_params
        return NON_PUBLIC_STATUSES.isdisjoint(params.getlist("status")) and "me" not in params.getlist("author")
