"""Declares users to the journal."""

from api_project.journal.registry import Audience, Journalled, register
from users.models import Role, User


def audience(user: User) -> Audience:
    """Everyone sees a profile, unless its address has to be confirmed first. Nobody sees that of a closed account."""
    is_public = User.objects.public().filter(pk=user.pk).exists()
    return Audience(public_from=user.date_joined if is_public else None, viewer_id=user.pk)


register(
    Journalled(
        name="users",
        model=User,
        fields=("username", "display_name", "bio", "role", "is_active"),
        private_fields=frozenset({"role", "is_active"}),
        audience=audience,
        overseers=frozenset({Role.ADMIN.value}),
    )
)
