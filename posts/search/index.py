"""Keeps the search index up to date."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from api_project.db.compiled import BoundParameter
from api_project.db.writes import Update, WriteBatch
from posts.models import Post, PostTag, SearchDocument
from posts.search.tokenizer import token_line


def search_document(post: Post, tags: Iterable[str]) -> SearchDocument:
    """The search document of a post with these tags, not saved."""
    return SearchDocument(post=post, tokens=token_line((post.title, post.body, *tags)))


def reindex(post: Post, tags: Iterable[str]) -> None:
    """Index a post that has these tags. Call it in the transaction that writes it."""
    batch = WriteBatch()
    updated = batch.add_statement(_new_tokens(), post=post.pk, tokens=search_document(post, tags).tokens)
    batch.execute()
    if not updated.count:
        index(post)


@cache
def _new_tokens() -> Update:
    tokens: Any = SearchDocument._meta.get_field("tokens")
    document = SearchDocument.objects.filter(post=BoundParameter("post", Post._meta.pk))
    return Update(document, tokens=BoundParameter("tokens", tokens))


def index(*posts: Post) -> None:
    """Index the posts. Call it in the transaction that writes them or their tags.

    Deleting a post needs no call, since the database deletes its search document, too.
    """
    tags: dict[object, list[str]] = {post.pk: [] for post in posts}
    for post_id, slug in PostTag.objects.filter(post__in=posts).values_list("post_id", "tag__slug"):
        tags[post_id].append(slug)
    SearchDocument.objects.bulk_create(
        [search_document(post, tags[post.pk]) for post in posts],
        update_conflicts=True,
        unique_fields=["post"],
        update_fields=["tokens"],
    )
