from datetime import datetime
from typing import TYPE_CHECKING

from posts.comments.models import Comment
from posts.models import Post

if TYPE_CHECKING:
    from users.models import User


def add_comment(*, post: Post, author: "User", body: str, at: datetime) -> Comment:
    return Comment.objects.create(post=post, author=author, body=body, created_at=at, updated_at=at)
