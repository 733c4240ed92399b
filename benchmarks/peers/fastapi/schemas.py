"""The request and response bodies of the API."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class AuthorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    username: str
    display_name: str


def slug_of(tag: Any) -> str:
    return tag if isinstance(tag, str) else tag.slug


class PostOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    slug: str
    title: str
    body: str
    excerpt: str
    status: str
    published_at: datetime | None
    author: AuthorOut
    tags: list[Annotated[str, BeforeValidator(slug_of)]]
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    count: int | None = None
    next: str | None
    previous: str | None = None
    results: list[PostOut]


class PostIn(BaseModel):
    slug: Annotated[str, Field(max_length=120)] | None = None
    title: Annotated[str, Field(min_length=1, max_length=200)]
    body: Annotated[str, Field(min_length=1, max_length=100_000)]
    excerpt: Annotated[str, Field(max_length=300)] = ""
    tags: Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=20)] = []
