from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from api_project.http.authentication import require_user
from api_project.http.permissions import ReadOnly
from api_project.http.request.path_keys import LookupKey
from api_project.http.throttling.throttles import Throttle
from api_project.http.viewsets.resource import ResourceView
from api_project.http.viewsets.retrieve import RetrieveMixin
from api_project.http.viewsets.scope import Scope
from api_project.http.viewsets.viewset import ResourceViewSet
from api_project.http.viewsets.write import PartialUpdateMixin
from users import services
from users.auth.throttles import SIGN_UP
from users.models import User, UserQuerySet
from users.permissions import IsAdmin, IsAnonymous, IsSelf
from users.serializers import AccountSerializer, SignUpSerializer, UserSerializer


class UserLookupMixin(ResourceView[User]):
    """A path names a user by id, by username, or as `me`."""

    natural_key = "username"
    access_scope = "account"

    def get_queryset(self, scope: Scope) -> UserQuerySet:
        return User.objects.visible_to(scope.user)

    def lookup_key(self) -> LookupKey:
        is_me = self.kwargs["id"] == "me"
        return LookupKey("pk", require_user(self.request).pk) if is_me else super().lookup_key()


class UserViewSet(UserLookupMixin, ResourceViewSet[User]):
    queryset = User.objects.all()
    serializer_class = UserSerializer
    input_serializer_classes = {"create": SignUpSerializer}
    permission_classes = [ReadOnly | IsSelf | IsAdmin]
    ordering_fields = {"id": "id", "username": "username", "date_joined": "date_joined"}
    ordering = ("username",)

    def get_permissions(self) -> Any:
        return [(IsAnonymous | IsAdmin)()] if self.action == "create" else super().get_permissions()

    def throttles_for_request(self) -> tuple[Throttle, ...]:
        return (SIGN_UP,) if self.action == "create" else ()

    def perform_create(self, data: dict[str, Any]) -> User:
        return services.sign_up(at=self.at, **data)

    def created_response(self, instance: User, data: dict[str, Any]) -> Response:
        if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
            response = super().created_response(instance, data)
            response.data = self.write_serializer(instance).data  # The account: its creator may see the private fields.
            return response
        email = EmailAddress.objects.get_primary_email(instance)
        return Response({"username": instance.username, "email": email}, status=202)

    def perform_destroy(self, instance: User) -> None:
        services.close_account(user=instance, at=self.at)


class AccountViewSet(UserLookupMixin, RetrieveMixin[User], PartialUpdateMixin[User]):
    queryset = User.objects.all()
    serializer_class = AccountSerializer
    permission_classes = [IsAuthenticated & (IsSelf | IsAdmin)]

    def get_queryset(self, scope: Scope) -> UserQuerySet:
        return super().get_queryset(scope).with_email_verified()

    def perform_update(self, instance: User, data: dict[str, Any]) -> User:
        try:
            changed = services.change_account(user=instance, role=data.get("role"), is_active=data.get("is_active"))
        except User.DoesNotExist:
            raise NotFound from None
        instance.role, instance.is_active = changed.role, changed.is_active
        return instance

    def check_field_permissions(self, instance: User) -> None:
        """Let everyone who may read the account send its values back. Only another user, an admin, may change them."""
        caller = require_user(self.request)
        requested = AccountSerializer(instance, data=self.request.data)
        if requested.changes_privileges() and not (caller.is_admin and instance.pk != caller.pk):
            raise PermissionDenied(
                _("Only an admin may change the role or the activity of an account, except their own.")
            )
