"""Declares posts to the journal."""

from api_project.journal.registry import Audience, Journalled, register
from posts.models import Post
from posts.services import insert_posts_again, tag_slugs

EDITORS = frozenset({"editor", "admin"})  # The roles that see and change all posts.


def audience(post: Post) -> Audience:
    return Audience(public_from=post.published_at, viewer_id=post.author_id)


register(
    Journalled(
        name="posts",
        model=Post,
        fields=("slug", "title", "body", "excerpt", "published_at"),
        lists={"tags": tag_slugs},
        fixed_fields=("author", "created_at", "updated_at"),
        audience=audience,
        overseers=EDITORS,
        public_from="published_at",
        owner="author",
        restore=insert_posts_again,
    )
)
