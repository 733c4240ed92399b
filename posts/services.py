"""What is done to posts, each in one transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import transaction

from api_project.db.compiled import BoundParameter
from api_project.db.inserts import Insert, InsertSelect, insert, insert_of
from posts.models import Post, PostTag, Tag
from posts.search.index import document as document_of
from posts.search.index import index
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
    post.slug = slug or slug_from_title(post.title)
    slugs = sorted(set(tags))
    tagging = [_tag_insert(post, slugs)] if slugs else []
    document = insert_of(document_of(post, slugs))
    inserted, *tagged, _document = insert(
        insert_of(post, on_conflict_do_nothing="" if slug else "slug"), *tagging, document
    )
    if not inserted:
        post.slug = with_suffix(post.slug, of=post.id)
        insert(insert_of(post))
    if sum(tagged) < len(slugs):
        add_tags(post, slugs)
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
        index(post)
    return post


def set_tags(post: Post, slugs: Iterable[str]) -> None:
    """Give the post exactly these tags, creating those that are new."""
    wanted = sorted(set(slugs))
    PostTag.objects.filter(post=post).exclude(tag__slug__in=wanted).delete()
    add_tags(post, wanted)


def add_tags(post: Post, slugs: list[str]) -> None:
    """Give the post these tags, too, creating those that are new."""
    if slugs:
        get_or_create_tags(slugs)
        insert(_tag_insert(post, slugs))


def _tag_insert(post: Post, slugs: list[str]) -> Insert:
    """To give the post those of the tags that exist and that it has not."""
    names = {f"slug_{number}": slug for number, slug in enumerate(slugs)}
    return _tagging(tuple(names)).of(post=post.pk, **names)


@cache
def _tagging(names: tuple[str, ...]) -> InsertSelect:
    slugs: list[Any] = [BoundParameter(name, Tag._meta.get_field("slug")) for name in names]
    tagged = BoundParameter("post", Post._meta.pk)
    rows = Tag.objects.filter(slug__in=slugs).order_by().annotate(tagged=tagged).values_list("tagged", "pk")
    return InsertSelect(PostTag, ["post_id", "tag_id"], rows)


def get_or_create_tags(slugs: list[str]) -> list[Tag]:
    """The tags of these slugs. Inserted in order, so that two writers cannot wait for each other in a circle."""
    known = list(Tag.objects.filter(slug__in=slugs))
    missing = sorted(set(slugs) - {tag.slug for tag in known})
    if not missing:
        return known
    Tag.objects.bulk_create([Tag(slug=slug) for slug in missing], ignore_conflicts=True)
    return list(Tag.objects.filter(slug__in=slugs))


def delete_unpublished_posts(*, user: "User", at: datetime) -> None:
    """What happens to posts when their author's account closes: those not published go."""
    Post.objects.filter(author=user).exclude(published_at__lte=at).delete()
