import secrets as random
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import cached_property
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from api_project.db.fields import new_id
from api_project.http.authentication import require_user
from api_project.http.viewsets.list import ListMixin
from api_project.http.viewsets.retrieve import RetrieveMixin
from api_project.http.viewsets.scope import Scope
from api_project.http.viewsets.write import CreateMixin, DestroyMixin
from users.tokens import secret, services
from users.tokens.models import PersonalAccessToken
from users.tokens.serializers import PersonalAccessTokenSerializer


class PersonalAccessTokenViewSet(
    ListMixin[PersonalAccessToken],
    CreateMixin[PersonalAccessToken],
    RetrieveMixin[PersonalAccessToken],
    DestroyMixin[PersonalAccessToken],
):
    """The caller's own tokens. It declares no `access_scope`, so that no token can create or revoke tokens."""

    queryset = PersonalAccessToken.objects.all()
    serializer_class = PersonalAccessTokenSerializer
    permission_classes = [IsAuthenticated]
    ordering_fields = {"created_at": "created_at"}
    ordering = ("-created_at",)
    is_batchable = False  # The stored response to a batch would contain a secret.

    session_epoch: int

    def get_queryset(self, scope: Scope) -> QuerySet[PersonalAccessToken]:
        return PersonalAccessToken.objects.unexpired(at=scope.now).filter(user=scope.user.pk)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add the secret to the response after it was stored for retries. A retry derives the same secret again."""
        self.session_epoch = require_user(request).session_epoch
        response = super().create(request, *args, **kwargs)
        created: dict[str, Any] = response.data
        secrets = self._secrets(created["id"])
        response.headers["Cache-Control"] = "no-store"  # RFC 6749 §5.1.
        created["token"] = next(each for each in secrets if each.endswith(created["last_four"]))
        return response

    def perform_create(self, data: dict[str, Any]) -> PersonalAccessToken:
        user, pk = require_user(self.request), new_id()
        if user.session_epoch != self.session_epoch:  # All sessions were revoked before the lock on the caller.
            raise AuthenticationFailed
        return services.create_token(pk=pk, user=user, secret=next(self._secrets(pk)), at=self.at, **data)

    @cached_property
    def _seed(self) -> str:
        return self.idempotency.key.text or random.token_hex()

    def _secrets(self, token_id: object) -> Iterator[str]:
        """The secret of the token, by the current SECRET_KEY and by retired ones."""
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            yield secret.derive(f"{self.request.user.pk}:{token_id}:{self._seed}", key=key)
