"""The small set: accounts to sign in with, and the posts that were written for them. What exists is left alone."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction

from api_project.demo import corpus
from api_project.demo.corpus import Article
from posts.models import Post
from posts.services import create_post
from posts.slugs import slug_from_title, slugify
from users.models import User

PASSWORD = "correct-horse-battery"  # noqa: S105
FOUNDED = timedelta(days=731)


@transaction.atomic
def add_accounts(count: int, *, at: datetime) -> list[User]:
    """The first so many accounts, admin first, with `PASSWORD` and a confirmed address each."""
    chosen = list(corpus.accounts().items())[:count]
    known = User.objects.in_bulk([username for username, _fields in chosen], field_name="username")
    return [known.get(username) or _add_account(username, fields, at=at) for username, fields in chosen]


@transaction.atomic
def add_articles(count: int, authors: list[User], *, at: datetime) -> int:
    """The first so many posts, by the first author where theirs is not among them. Gives the number of new ones."""
    by_name = {author.username: author for author in authors}
    chosen = {slug_from_title(article.title): article for article in corpus.articles()[:count]}
    known = set(Post.objects.filter(slug__in=chosen).values_list("slug", flat=True))
    new = [article for slug, article in chosen.items() if slug not in known]
    for article in new:
        _add_article(article, by_name.get(article.author, authors[0]), at=at)
    return len(new)


def _add_account(username: str, fields: dict[str, str], *, at: datetime) -> User:
    email = f"{username}@example.com"
    user = User.objects.create_user(username, email, PASSWORD, date_joined=at - FOUNDED, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _add_article(article: Article, author: User, *, at: datetime) -> None:
    begun_at = at - timedelta(days=max(article.age or 0, 1), minutes=7 * len(article.title))
    published_at = None if article.age is None else begun_at
    if article.age is not None and article.age < 0:
        published_at = at - timedelta(days=article.age)
    create_post(
        author=author,
        at=begun_at,
        title=article.title,
        body=article.body,
        excerpt=article.excerpt,
        tags=[slugify(tag) for tag in article.tags],
        published_at=published_at,
    )
