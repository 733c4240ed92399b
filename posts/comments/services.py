from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from api_project.db import changes
from api_project.db.fields import new_id
from posts.comments.models import Comment
from posts.models import Post

if TYPE_CHECKING:
    from users.models import User


def add_comment(*, post: Post, author: "User", body: str, at: datetime, pk: UUID | None = None) -> Comment:
    """Add a comment, under a new id unless the client has given it one."""
    comment = Comment(pk=pk or new_id(), post=post, author=author, body=body, created_at=at, updated_at=at)
    changes.create(comment, at=at)
    return comment
