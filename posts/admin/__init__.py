"""The admin's pages of posts and tags."""

from posts.admin.posts import PostAdmin as PostAdmin
from posts.admin.tags import TagAdmin as TagAdmin
