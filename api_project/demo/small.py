"""The small set: accounts to sign in with, and their posts. Existing accounts and posts are not changed."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from api_project.db import changes
from api_project.demo import corpus
from api_project.demo.corpus import Article
from api_project.demo.history import edits_of, written_by
from api_project.journal.models import Entry
from posts.comments.services import add_comment
from posts.models import Post
from posts.services import change_post, create_post
from posts.slugs import slug_from_title, slugify
from users.models import User

PASSWORD = "correct-horse-battery"  # noqa: S105 (it is public)
FOUNDED = timedelta(days=731)


def is_missing() -> bool:
    """True if the database has neither users nor posts."""
    return not (User.objects.exists() or Post.objects.exists())


def new_password() -> str:
    """The published password if DEBUG is on; a random one otherwise."""
    return PASSWORD if settings.DEBUG else secrets.token_urlsafe(12)


@transaction.atomic
def add_accounts(count: int, *, password: str, at: datetime) -> tuple[list[User], int]:
    """Add the first accounts of the set, the admin first. Gives the accounts, and how many of them are new.

    A new account has the password and a confirmed address. A person who happens to have one of the usernames is not
    counted among the accounts.
    """
    chosen = dict(list(corpus.accounts().items())[:count])
    taken = User.objects.in_bulk(list(chosen), field_name="username")
    new = {name: _add_account(name, chosen[name], password, at=at) for name in chosen if name not in taken}
    known = {name: user for name, user in taken.items() if user.email == _address(name)}
    return [(known | new)[name] for name in chosen if name in known or name in new], len(new)


def having_published_password() -> Iterator[User]:
    """The active accounts of the small set that have the published password, admins first."""
    found = User.objects.filter(username__in=corpus.accounts(), is_active=True).order_by("role", "username")
    return (user for user in found if user.check_password(PASSWORD))


@transaction.atomic
def add_articles(count: int, authors: list[User], *, at: datetime) -> int:
    """Add the first posts of the set, and give the number of new ones.

    If the author of a post is not among the authors, the first of them becomes its author.
    """
    by_name = {author.username: author for author in authors}
    chosen = {slug_from_title(article.title): article for article in corpus.articles()[:count]}
    known = set(Post.objects.filter(slug__in=chosen).values_list("slug", flat=True))
    new = [article for slug, article in chosen.items() if slug not in known]
    for article in new:
        post = _add_article(article, by_name, at=at)
        _add_comments(post, article, by_name, at=at)
    if new:
        _fill_trash(by_name, at=at)
    return len(new)


def _address(username: str) -> str:
    return f"{username}@example.com"


def _add_account(username: str, fields: dict[str, str], password: str, *, at: datetime) -> User:
    email = _address(username)
    user = User.objects.create_user(username, email, password, date_joined=at - FOUNDED, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _add_article(article: Article, by_name: dict[str, User], *, at: datetime) -> Post:
    """Write the article's first version, and then what each edit made of it."""
    first, edits = edits_of(article)
    begun_at = at - timedelta(days=max(article.age or 0, 1), minutes=7 * len(article.title))
    published_at = None if article.age is None else begun_at
    if article.age is not None and article.age < 0:
        published_at = at - timedelta(days=article.age)
    author = _person(article.author, by_name)
    slug = slug_from_title(article.title) if edits else None
    with written_by(author):
        post = create_post(author=author, at=begun_at, slug=slug, published_at=published_at, **_content(first))
    for edit in edits:
        with written_by(_person(edit.editor, by_name)):
            change_post(post=post, at=at - edit.ago, **_content(edit.result))
    return post


def _fill_trash(by_name: dict[str, User], *, at: datetime) -> None:
    """Add what is in the trash, unless it is there already."""
    for article in corpus.deleted_articles():
        deletion = corpus.history()[article.title]["deletion"]
        if not Entry.objects.in_trash(at=at).filter(title=article.title).exists():
            post = _add_article(article, by_name, at=at)
            with written_by(_person(deletion["editor"], by_name)):
                changes.delete(post, at=at - timedelta(days=deletion["days_ago"]))


def _person(username: str, by_name: dict[str, User]) -> User:
    """The account, or the first of those that are there."""
    return by_name.get(username) or next(iter(by_name.values()))


def _content(article: Article) -> dict[str, Any]:
    tags = [slugify(tag) for tag in article.tags]
    return {"title": article.title, "body": article.body, "excerpt": article.excerpt, "tags": tags}


def _add_comments(post: Post, article: Article, by_name: dict[str, User], *, at: datetime) -> None:
    """The comments on the article by those of the accounts that are there."""
    for comment in corpus.comments().get(article.title, []):
        if author := by_name.get(comment["author"]):
            written_at = min(post.created_at + timedelta(days=comment["days"]), at)
            with written_by(author):
                add_comment(post=post, author=author, body=comment["body"], at=written_at)
