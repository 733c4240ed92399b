"""The registry entry of comments, for tests of every operation."""

from posts.comments.models import Comment
from tests.factories import make_comment, make_post
from tests.posts.resource import make_draft
from tests.resources import EVERYONE, SIGNED_IN, Resource
from users.models import User

AUTHORS = ("owner", "editor", "admin")


def make_comment_on_published(author: User) -> Comment:
    return make_comment(make_post(), author)


def make_comment_on_draft(author: User) -> Comment:
    return make_comment(make_draft(author), author)


COMMENTS = Resource(
    access_scope="posts",
    callers={
        "/api/v1/posts/{id}/comments": {"GET": EVERYONE, "POST": SIGNED_IN},
        "/api/v1/posts/{post}/comments/{id}": {"PUT": AUTHORS},
        "/api/v1/comments/{id}": {"GET": EVERYONE, "PUT": AUTHORS, "PATCH": AUTHORS, "DELETE": AUTHORS},
    },
    factory=make_comment_on_published,
    fields="id post author.id author.username author.display_name body created_at updated_at",
    body={"body": "A comment"},
    writable={"body": "Another comment"},
    read_only="id post author created_at updated_at",
    hidden={"on a draft": make_comment_on_draft},
    seen_by=AUTHORS,
    admin_form={"body": ["B"]},
)
