"""The registry entries of the trash, for tests of every operation."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from api_project.db import changes
from api_project.journal.origin import Origin, originating_from
from posts.models import Post
from tests.factories import make_post
from tests.posts.resource import make_draft
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
    access_scope="posts",
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


def make_versioned_post(author: User) -> Any:
    """A post with the keys of its first version."""
    return with_keys(make_post, author)


def make_versioned_draft(author: User) -> Any:
    return with_keys(make_draft, author)


def with_keys(make: Callable[[User], Post], author: User) -> Any:
    with originating_from(lambda: Origin(author.pk, "")):
        post: Any = make(author)
    post.number, post.post, post.resource_id = 1, post, post.pk
    return post


VERSION = "number created_at editor.id editor.username editor.display_name changed is_current"

REVISIONS = Resource(
    access_scope="posts",
    callers={
        "/api/v1/posts/{id}/revisions": {"GET": AUTHORS},
        "/api/v1/posts/{id}/revisions/{number}/restore": {"POST": AUTHORS},
    },
    factory=make_versioned_post,
    fields=VERSION,
    hidden={"draft": make_versioned_draft},
    seen_by=AUTHORS,
)

REVISION = Resource(
    access_scope="posts",
    callers={"/api/v1/posts/{post}/revisions/{number}": {"GET": AUTHORS}},
    factory=make_versioned_post,
    fields=f"{VERSION} data.slug data.title data.body data.excerpt data.published_at data.tags previous",
    hidden={"draft": make_versioned_draft},
    seen_by=AUTHORS,
)
