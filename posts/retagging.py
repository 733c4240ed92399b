"""Tags under another name, in all posts that have them."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from posts.models import Post, PostTag, Tag
from posts.services import change_post, get_or_create_tags, tag_slugs

# Each post takes some ten statements, and the transaction locks them all.
MAX_POSTS = 500
_AT_ONCE = 100  # Posts in memory.


class TooManyPosts(Exception):
    """More than MAX_POSTS posts have the tags."""


@transaction.atomic
def replace_tags(*, old: Collection[str], new: str, at: datetime, at_most: int | None = MAX_POSTS) -> int:
    """Give the posts that have one of the old tags the new one in its place, and delete the old ones.

    Each post changes as through the API: in the journal, the search index and its entity tag. Returns the number of
    posts. Raises TooManyPosts.

    A post that another writer gives an old tag in the meantime keeps it, and then that tag stays, too.
    """
    replaced = set(old) - {new}
    tagged = PostTag.objects.filter(tag__slug__in=replaced).values("post")
    locked = Post.objects.filter(pk__in=tagged).order_by("pk").select_for_update().values_list("pk", flat=True)
    keys = list(locked if at_most is None else locked[: at_most + 1])
    if at_most is not None and len(keys) > at_most:
        raise TooManyPosts
    get_or_create_tags([new])
    count = sum(_replace(post, replaced, new, at=at) for post in _in_parts(keys))
    delete_unused_tags(replaced)
    return count


def _in_parts(keys: list[Any]) -> Iterator[Post]:
    for first in range(0, len(keys), _AT_ONCE):
        yield from Post.objects.filter(pk__in=keys[first : first + _AT_ONCE]).order_by("pk")


def _replace(post: Post, old: set[str], new: str, *, at: datetime) -> bool:
    """False if the post has none of the old tags any more: another writer changed it before it was locked."""
    slugs = set(tag_slugs(post))
    if has_old := not slugs.isdisjoint(old):
        change_post(post=post, tags=slugs - old | {new}, at=at)
    return has_old


@transaction.atomic
def delete_unused_tags(slugs: Collection[str]) -> None:
    """Delete those of the tags that no post has.

    The lock waits for those who are giving one of the tags to a post, and lets others wait, who then create it again.
    """
    tags = Tag.objects.filter(slug__in=slugs)
    list(tags.order_by("slug").select_for_update().values("pk"))
    tags.exclude(Exists(PostTag.objects.filter(tag=OuterRef("pk")))).delete()
