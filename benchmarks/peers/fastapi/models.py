"""Models over the tables that the benchmark loads."""

import uuid
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, Computed, ForeignKey, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from database import InstantColumn


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users_user"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    is_active: Mapped[bool]


class Tag(Base):
    __tablename__ = "posts_tag"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)


post_tag = Table(
    "posts_posttag",
    Base.metadata,
    Column("post_id", Uuid, ForeignKey("posts_post.id"), primary_key=True),
    Column("tag_id", BigInteger, ForeignKey("posts_tag.id"), primary_key=True),
)


def now() -> datetime:
    return datetime.now(UTC)


class Post(Base):
    __tablename__ = "posts_post"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    excerpt: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None] = mapped_column(InstantColumn)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users_user.id"))
    created_at: Mapped[datetime] = mapped_column(InstantColumn, default=now)
    updated_at: Mapped[datetime] = mapped_column(InstantColumn, default=now, onupdate=now)
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple', title || ' ' || body)"), deferred=True
    )
    author: Mapped[User] = relationship(lazy="raise")
    tags: Mapped[list[Tag]] = relationship(secondary=post_tag, order_by=Tag.slug, lazy="raise")

    @property
    def status(self) -> str:
        if self.published_at is None:
            return "draft"
        return "scheduled" if self.published_at > now() else "published"
