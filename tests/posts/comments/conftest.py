import pytest

from posts.comments.models import Comment
from posts.models import Post
from tests.factories import make_comment
from users.models import User


@pytest.fixture
def comment(post: Post, other_member: User) -> Comment:
    """A comment by `other_member` on `member`'s published post."""
    return make_comment(post, other_member)
