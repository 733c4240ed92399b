"""Rows for tests."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from posts.comments.models import Comment
from posts.comments.services import add_comment
from posts.models import Post
from posts.services import create_post
from users.models import User

PASSWORD = "correct-horse-battery-staple"

_numbers = count(1)


def make_user(username: str = "", **fields: Any) -> User:
    """A member who can sign in with `PASSWORD`."""
    username = username or f"user-{next(_numbers)}"
    return User.objects.create_user(username, **{"email": f"{username}@example.com", "password": PASSWORD, **fields})


def make_post(author: User | None = None, *, at: datetime | None = None, **fields: Any) -> Post:
    """A post written an hour ago, and published then unless `published_at` is given."""
    number = next(_numbers)
    text = {"title": f"Post {number}", "body": f"The body of post {number}."}
    return create_post(author=author or make_user(), at=at or timezone.now() - timedelta(hours=1), **{**text, **fields})


def make_comment(post: Post | None = None, author: User | None = None, *, at: datetime | None = None) -> Comment:
    """A comment written an hour ago, unless another time is given."""
    text = f"The body of comment {next(_numbers)}."
    at = at or timezone.now() - timedelta(hours=1)
    return add_comment(post=post or make_post(), author=author or make_user(), body=text, at=at)
