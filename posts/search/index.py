"""The text that a post is found by."""

from collections.abc import Iterable

from posts.models import Post, PostTag, SearchDocument
from posts.search.tokenizer import token_line


def search_document(post: Post, tags: Iterable[str]) -> SearchDocument:
    """What `index` writes for a post with these tags."""
    return SearchDocument(post=post, tokens=token_line((post.title, post.body, *tags)))


def index(*posts: Post) -> None:
    """Bring the index up to date with the posts; belongs in the transaction that writes them or their tags.

    Deletion needs no call: the document goes with the post.
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
