"""What is done to posts, each in one transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from posts import search
from posts.models import Post, PostTag, Tag
from posts.slugs import slug_from_title, with_suffix

if TYPE_CHECKING:
    from users.models import User


@transaction.atomic(savepoint=False)
def create_post(
    *, author: "User", at: datetime, tags: Iterable[str] = (), slug: str | None = None, **fields: Any
) -> Post:
    """A new post, published now unless `published_at` says otherwise, under a free slug unless one is given.

    Raises IntegrityError when the slug is taken.
    """
    post = Post(author=author, created_at=at, updated_at=at, **{"published_at": at, **fields})
    post.slug = slug or free_slug(post)
    post.save(force_insert=True)
    slugs = sorted(set(tags))
    PostTag.objects.bulk_create([PostTag(post=post, tag=tag) for tag in tags_of(slugs)])
    search.document(post, slugs).save(force_insert=True)
    return post


@transaction.atomic(savepoint=False)
def change_post(*, post: Post, at: datetime, tags: Iterable[str] | None = None, **fields: Any) -> Post:
    """Change what differs. A change that changes nothing leaves `updated_at` alone, too."""
    changed = [name for name, value in fields.items() if getattr(post, name) != value]
    retagged = tags is not None and set(tags) != {tag.slug for tag in post.tags.all()}
    if not changed and not retagged:
        return post
    for name in changed:
        setattr(post, name, fields[name])
    # Entity tags rely on it to move with every change, even if two fall into one microsecond or the clock stands.
    post.updated_at = max(at, post.updated_at + timedelta(microseconds=1))
    post.save(force_update=True)
    if retagged and tags is not None:
        set_tags(post, tags)
    if retagged or {"title", "body"} & set(changed):
        search.index(post)
    return post


def free_slug(post: Post) -> str:
    slug = slug_from_title(post.title)
    taken = Post.objects.filter(slug=slug).exists()
    return with_suffix(slug, of=post.id) if taken else slug


def set_tags(post: Post, slugs: Iterable[str]) -> None:
    """Give the post exactly these tags, creating those that are new."""
    wanted = tags_of(sorted(set(slugs)))
    PostTag.objects.filter(post=post).exclude(tag__in=wanted).delete()
    PostTag.objects.bulk_create([PostTag(post=post, tag=tag) for tag in wanted], ignore_conflicts=True)
    post._prefetched_objects_cache = {}  # type: ignore[attr-defined]


def tags_of(slugs: list[str]) -> list[Tag]:
    """The tags of these slugs. Inserted in order, so that two writers cannot wait for each other in a circle."""
    known = list(Tag.objects.filter(slug__in=slugs))
    missing = sorted(set(slugs) - {tag.slug for tag in known})
    if not missing:
        return known
    Tag.objects.bulk_create([Tag(slug=slug) for slug in missing], ignore_conflicts=True)
    return list(Tag.objects.filter(slug__in=slugs))


def discard_unpublished(*, user: "User", at: datetime) -> None:
    """What happens to posts when their author's account closes: those not published go."""
    Post.objects.filter(author=user).exclude(published_at__lte=at).delete()
