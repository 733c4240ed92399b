"""The registry entries of the trash, for tests of every operation."""

from django.utils import timezone

from api_project.db import changes
from api_project.journal.origin import Origin, originating_from
from posts.models import Post
from tests.factories import make_post
from tests.resources import SIGNED_IN, Resource
from users.models import User

AUTHORS = ("owner", "editor", "admin")


def make_deleted_post(author: User) -> Post:
    """A post that is in the trash, where its id names it."""
    post = make_post(author)
    key = post.pk
    with originating_from(lambda: Origin(author.pk, "")):
        changes.delete(post, at=timezone.now())
    post.pk = key
    return post


TRASH = Resource(
    callers={
        "/api/v1/trash": {"GET": SIGNED_IN},
        "/api/v1/trash/{id}": {"GET": AUTHORS, "DELETE": AUTHORS},
        "/api/v1/trash/{id}/restore": {"POST": AUTHORS},
    },
    factory=make_deleted_post,
    fields="id type title deleted_at deleted_by.id deleted_by.username deleted_by.display_name expires_at",
    private=True,
    requires_sign_in=True,
)
