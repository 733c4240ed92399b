"""The registry entry of personal access tokens, for tests of every operation."""

from datetime import timedelta

from django.utils import timezone

from api_project.db.fields import new_id
from tests.resources import SIGNED_IN, Resource
from users.models import User
from users.tokens import secret
from users.tokens.models import PersonalAccessToken
from users.tokens.services import create_token

OWNER = ("owner",)
EXPIRY = (timezone.now() + timedelta(days=30)).strftime("%Y-%m-%dT00:00:00.000000Z")


def make_token(user: User, *scopes: str) -> PersonalAccessToken:
    at, pk = timezone.now(), new_id()
    expires_at = at + timedelta(days=7)
    made = secret.derive(str(pk), key="a key of the tests")
    scopes = scopes or ("posts:read",)
    return create_token(pk=pk, user=user, secret=made, name="A token", scopes=scopes, expires_at=expires_at, at=at)


TOKENS = Resource(
    callers={
        "/api/v1/users/me/tokens": {"GET": SIGNED_IN},
        "/api/v1/users/me/tokens/{id}": {"GET": OWNER, "DELETE": OWNER},
    },
    factory=make_token,
    fields="id name scopes last_four created_at expires_at last_used_at",
    private=True,
    requires_sign_in=True,
    admin_form={"name": ["A name"]},
)

NEW_TOKEN = Resource(
    callers={"/api/v1/users/me/tokens": {"POST": SIGNED_IN}},
    factory=make_token,
    fields="id name scopes last_four created_at expires_at last_used_at token",
    body={"name": "A name", "scopes": ["posts:write"]},
    read_only="id last_four created_at last_used_at",
    writable={"name": "Another name", "scopes": ["account:read"], "expires_at": EXPIRY},
    private=True,
    requires_sign_in=True,
)
