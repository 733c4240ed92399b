"""A post to search for, and the search for it."""

from posts.models import Post
from posts.search.access_path import AccessPath
from posts.search.index import index
from posts.search.query import search
from tests.factories import make_post


def make_indexed_post() -> Post:
    post = make_post(title="Crème brûlée", body="Burn the sugar.\n\nLet it cool; serve.", tags=("slow-food", "東京"))
    index(post)
    return post


def found(text: str, access_path: AccessPath | None = None) -> list[Post]:
    return list(search(Post.objects.all(), text, access_path))
