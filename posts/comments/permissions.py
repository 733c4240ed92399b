from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from posts.comments.models import Comment


class IsCommenter(BasePermission):
    message = _("Only its author, an editor or an admin may change this comment. The post's author may delete it.")

    def has_object_permission(self, request: Request, view: APIView, obj: Comment) -> bool:
        return obj.author_id == request.user.pk


class IsPostAuthor(BasePermission):
    def has_object_permission(self, request: Request, view: APIView, obj: Comment) -> bool:
        return request.method == "DELETE" and obj.post.author_id == request.user.pk
