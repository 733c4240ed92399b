"""The registry entries of posts and tags, for tests of every operation."""

from datetime import timedelta

from django.utils import timezone

from posts.models import Post, Tag
from tests.factories import make_post
from tests.resources import EVERYONE, SIGNED_IN, Resource
from users.models import User

AUTHORS = ("owner", "editor", "admin")


def make_scheduled_post(author: User) -> Post:
    return make_post(author, published_at=timezone.now() + timedelta(days=1))


def make_draft(author: User) -> Post:
    return make_post(author, published_at=None)


def make_tag(author: User) -> Tag:
    """A tag in use, since the list shows only such tags."""
    return make_post(author, tags=["one"]).tags.get()


POSTS = Resource(
    access_scope="posts",
    callers={
        "/api/v1/posts": {"GET": EVERYONE, "POST": SIGNED_IN},
        "/api/v1/posts/{id}": {"GET": EVERYONE, "PUT": AUTHORS, "PATCH": AUTHORS, "DELETE": AUTHORS},
    },
    factory=make_post,
    fields="id slug title body excerpt status published_at author.id author.username author.display_name tags"
    " created_at updated_at",
    on_request="body_html",
    body={"title": "A title", "body": "A body"},
    writable={
        "title": "Another title",
        "body": "Another body",
        "slug": "another",
        "excerpt": "x",
        "tags": ["another"],
        "published_at": None,
        "status": "draft",
    },
    read_only="id author body_html created_at updated_at",
    hidden={"scheduled": make_scheduled_post, "draft": make_draft},
    seen_by=AUTHORS,
    admin_form={"title": ["T"], "body": ["B"], "author": [""], "tags": [""], "published_at_0": [""]},
)

TAGS = Resource(
    access_scope="posts",
    callers={"/api/v1/tags": {"GET": EVERYONE}},
    factory=make_tag,
    fields="slug post_count",
    admin_form={"slug": ["new"]},
)
