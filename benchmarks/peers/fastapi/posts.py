"""Reads and writes posts."""

import base64
import re
import unicodedata
import uuid
from datetime import datetime

from sqlalchemy import Select, exists, func, select, tuple_
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from models import Post, Tag, User, now
from schemas import PostIn

PAGE_SIZE = 20


def published() -> Select[tuple[Post]]:
    shown = select(Post).options(joinedload(Post.author), selectinload(Post.tags))
    return shown.where(Post.published_at <= now())


async def page_of(
    session: AsyncSession, cursor: str | None, author: str | None, search: str | None
) -> tuple[list[Post], str | None]:
    """A page with the cursor of the next one, by keyset."""
    query = published().order_by(Post.published_at.desc(), Post.id.desc()).limit(PAGE_SIZE + 1)
    if cursor:
        published_at, key = place_at(cursor)
        # Without the first condition PostgreSQL reads the index from the bound that `published` sets.
        query = query.where(Post.published_at <= published_at)
        query = query.where(tuple_(Post.published_at, Post.id) < tuple_(published_at, key))
    if author:
        query = query.join(Post.author).where(User.username == author)
    if search:
        query = query.where(Post.search.bool_op("@@")(func.plainto_tsquery("simple", search)))
    found = list(await session.scalars(query))
    return found[:PAGE_SIZE], cursor_of(found[PAGE_SIZE - 1]) if len(found) > PAGE_SIZE else None


def cursor_of(post: Post) -> str:
    return base64.urlsafe_b64encode(f"{post.published_at.isoformat()},{post.id}".encode()).decode()


def place_at(cursor: str) -> tuple[datetime, uuid.UUID]:
    published_at, _, key = base64.urlsafe_b64decode(cursor).decode().partition(",")
    return datetime.fromisoformat(published_at), uuid.UUID(key)


async def create(session: AsyncSession, author: User, data: PostIn) -> Post:
    key = uuid.uuid4()
    slug = data.slug or slugify(data.title)
    if await session.scalar(select(exists().where(Post.slug == slug))):
        slug = f"{slug[:111]}-{key.hex[-8:]}"
    post = Post(
        id=key, slug=slug, title=data.title, body=data.body, excerpt=data.excerpt, published_at=now(), author=author
    )
    post.tags = await tags_of(session, sorted({slugify(tag) for tag in data.tags}))
    session.add(post)
    await session.commit()
    return post


async def tags_of(session: AsyncSession, slugs: list[str]) -> list[Tag]:
    query = select(Tag).where(Tag.slug.in_(slugs)).order_by(Tag.slug)
    known = list(await session.scalars(query))
    missing = sorted(set(slugs) - {tag.slug for tag in known})
    if not missing:
        return known
    await session.execute(postgresql.insert(Tag).on_conflict_do_nothing(), [{"slug": slug} for slug in missing])
    return list(await session.scalars(query))


def slugify(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\W_]+", "-", lowered).strip("-")[:120] or "post"
