"""Writes to posts, each in one transaction."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from api_project.db.changes import move_updated_at, recorded_change, save_changed, set_changed
from api_project.db.compiled import BoundParameter, CompiledQuery
from api_project.db.fields import new_id
from api_project.db.writes import InsertSelect, WriteBatch, WriteResult
from api_project.journal.recording import record_creation, record_deletion
from posts.models import Post, PostTag, Tag
from posts.search.index import reindex, search_document
from posts.slugs import slug_from_title, with_suffix

if TYPE_CHECKING:
    from users.models import User


@transaction.atomic(savepoint=False)
def create_post(
    *,
    author: "User",
    at: datetime,
    tags: Iterable[str] = (),
    slug: str | None = None,
    pk: UUID | None = None,
    **fields: Any,
) -> Post:
    """Create a post: published now unless `published_at` is given, under a free slug unless `slug` is given.

    It gets a new id unless the client has given it one. Raises IntegrityError if another post has the given slug or id.
    """
    post = Post(pk=pk or new_id(), author=author, created_at=at, updated_at=at, **{"published_at": at, **fields})
    post.slug = slug or slug_from_title(post.title)
    tag_slugs = sorted(set(tags))
    batch = WriteBatch()
    inserted = batch.add(post, on_conflict_do_nothing="" if slug else "slug")
    tagged = _add_taggings(batch, post, tag_slugs)
    batch.add(search_document(post, tag_slugs))
    record_creation(post, at=at, batch=batch)
    batch.execute()
    if not inserted.count:
        # The random bits of ids that a client generates may be no different from each other's.
        post.slug = with_suffix(post.slug, of=new_id() if pk else post.pk)
        post.save(force_insert=True)
    if tagged.count < len(tag_slugs):
        _add_missing_tags(post, tag_slugs)
    return post


@transaction.atomic(savepoint=False)
def change_post(*, post: Post, at: datetime, tags: Iterable[str] | None = None, **fields: Any) -> Post:
    """Change what differs. A change that changes nothing leaves `updated_at` alone, too.

    The caller has locked the post.
    """
    _forget_tags(post)
    with recorded_change(post, at=at):
        changed = set_changed(post, fields)
        retagged = tags is not None and set(tags) != set(tag_slugs(post))
        if changed or retagged:
            save_changed(post, at=at)
        if retagged and tags is not None:
            set_tags(post, tags)
        if retagged or {"title", "body"} & changed:
            reindex(post, tag_slugs(post))
    return post


def tag_slugs(post: Post) -> list[str]:
    """The slugs of the post's tags, sorted: read once for an instance, until a service changes them."""
    known: dict[str, list[str]] = post.__dict__
    if _SLUGS not in known:
        known[_SLUGS] = [slug for (slug,) in _slugs_of_tags().rows(post=post.pk)]
    return known[_SLUGS]


_SLUGS = "_slugs_of_tags"


def _forget_tags(post: Post) -> None:
    post.__dict__.pop(_SLUGS, None)


@cache
def _slugs_of_tags() -> CompiledQuery:
    tags = Tag.objects.filter(posttag__post=BoundParameter("post", Post._meta.pk)).order_by("slug")
    return CompiledQuery(tags.values_list("slug"))


def set_tags(post: Post, slugs: Iterable[str]) -> None:
    """Give the post exactly these tags, creating those that are new."""
    wanted = sorted(set(slugs))
    PostTag.objects.filter(post=post).exclude(tag__slug__in=wanted).delete()
    add_tags(post, wanted)


def add_tags(post: Post, slugs: list[str]) -> None:
    """Give the post these tags in addition to its own, creating those that are new."""
    _tag(post, slugs)
    _add_missing_tags(post, slugs)


def _add_missing_tags(post: Post, slugs: list[str]) -> None:
    """Create those of the tags that the post lacks, and give them to it.

    What the post has decides, not what tags there are: another writer may delete a tag after it was looked up, until
    the post's own row locks it.
    """
    _forget_tags(post)
    while missing := sorted(set(slugs) - set(tag_slugs(post))):
        _create_tags(missing)
        _tag(post, missing)
        _forget_tags(post)


def _tag(post: Post, slugs: list[str]) -> None:
    batch = WriteBatch()
    _add_taggings(batch, post, slugs)
    batch.execute()


def _add_taggings(batch: WriteBatch, post: Post, slugs: list[str]) -> WriteResult:
    """Add rows that give the post those of the tags that exist and that it does not have."""
    if not slugs:
        return WriteResult()
    parameters = {f"slug_{number}": slug for number, slug in enumerate(slugs)}
    return batch.add_statement(_taggings(tuple(parameters)), post=post.pk, **parameters)


@cache
def _taggings(names: tuple[str, ...]) -> InsertSelect:
    """Rows of PostTag for the tags whose slugs are the values of the parameters with these names."""
    slug_of_tag, key_of_post = Tag._meta.get_field("slug"), Post._meta.pk
    tags = Tag.objects.filter(slug__in=[BoundParameter(name, slug_of_tag) for name in names])
    rows = tags.order_by().values_list(BoundParameter("post", key_of_post), "pk")
    return InsertSelect(PostTag, ["post_id", "tag_id"], rows)


def get_or_create_tags(slugs: list[str]) -> list[Tag]:
    """The tags with these slugs, creating those that are new."""
    known = list(Tag.objects.filter(slug__in=slugs))
    missing = sorted(set(slugs) - {tag.slug for tag in known})
    if not missing:
        return known
    _create_tags(missing)
    return list(Tag.objects.filter(slug__in=slugs))


def _create_tags(slugs: list[str]) -> None:
    """Create those of the tags that are not there. They are sorted, so that two writers cannot deadlock."""
    Tag.objects.bulk_create([Tag(slug=slug) for slug in slugs], ignore_conflicts=True)


@transaction.atomic
def delete_unpublished_posts(*, user: "User", at: datetime) -> None:
    """Delete the drafts and scheduled posts of an account that closes.

    They are locked first, so that a comment that is being written on one of them is there to be deleted with it.
    """
    unpublished = Post.objects.filter(author=user).exclude(published_at__lte=at)
    locked = list(unpublished.select_for_update().order_by("pk").only("pk", "author", "published_at"))
    for post in locked:
        record_deletion(post, at=at, restorable=False)
    Post.objects.filter(pk__in=[post.pk for post in locked]).delete()


def insert_posts_again(versions: list[dict[str, Any]], *, at: datetime) -> None:
    """Insert deleted posts with their tags, each under its slug, or a similar one if that was taken in the meantime."""
    for values in versions:
        tags = values.pop("tags", [])
        post = Post(**values)
        batch = WriteBatch()
        inserted = batch.add(post, on_conflict_do_nothing="slug")
        batch.add(search_document(post, tags))
        batch.execute()
        if not inserted.count:
            post.slug = with_suffix(post.slug, of=new_id())  # Everyone knows the post's own id, and what ends alike.
            move_updated_at(post, at=at)
            post.save(force_insert=True)
        add_tags(post, tags)
