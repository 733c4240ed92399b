"""Declares comments to the journal."""

from api_project.journal.registry import Audience, Journalled, register
from posts.comments.models import Comment
from posts.journalled import EDITORS
from posts.journalled import audience as audience_of_post
from posts.models import Post


def audience(comment: Comment) -> Audience:
    """A comment is seen by those who see its post."""
    return audience_of_post(Post.objects.only("author", "published_at").get(pk=comment.post_id))


register(
    Journalled(
        name="comments",
        model=Comment,
        fields=("body",),
        fixed_fields=("post", "author", "created_at", "updated_at"),
        audience=audience,
        overseers=EDITORS,
        parent="post",
        owner="author",
    )
)
