"""The application."""

import uuid

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response, status

import posts
from conditional import ConditionalRoute
from database import SessionOfRequest
from models import Post
from schemas import Page, PostIn, PostOut
from security import CurrentUser, reader

router = APIRouter(prefix="/posts", route_class=ConditionalRoute)


@router.get("", dependencies=[Depends(reader)])
async def list_posts(
    request: Request,
    session: SessionOfRequest,
    cursor: str | None = None,
    author: str | None = None,
    search: str | None = None,
) -> Page:
    found, following = await posts.page_of(session, cursor, author, search)
    link = str(request.url.include_query_params(cursor=following)) if following else None
    return Page(next=link, results=found)


@router.get("/{key}", response_model=PostOut, dependencies=[Depends(reader)])
async def get_post(key: uuid.UUID, session: SessionOfRequest) -> Post:
    post = await session.scalar(posts.published().where(Post.id == key))
    if post is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return post


@router.post("", response_model=PostOut, status_code=status.HTTP_201_CREATED)
async def create_post(
    data: PostIn, request: Request, response: Response, session: SessionOfRequest, author: CurrentUser
) -> Post:
    post = await posts.create(session, author, data)
    response.headers["Location"] = f"{request.url}/{post.id}"
    return post


app = FastAPI()
app.include_router(router)
