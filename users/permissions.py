from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from users.models import User


class IsAnonymous(BasePermission):
    message = _("You have an account already. Only an admin may create accounts for other people.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return not request.user.is_authenticated


class IsAdmin(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated and request.user.is_admin


class IsSelf(BasePermission):
    message = _("Only the owner of this account or an admin may do this.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated

    def has_object_permission(self, request: Request, view: APIView, obj: User) -> bool:
        return obj.pk == request.user.pk
