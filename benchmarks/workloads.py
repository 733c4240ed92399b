"""The workloads: endless requests to a system."""

import base64
import itertools
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import jwt

import load
from content import Content
from data import DRF_TOKEN
from systems import AUTHOR, DRF, FASTAPI, FASTIFY, OURS, PASSWORD, SECRET, Server

NUMBERED = "DRF, page number"  # The same server, with the deep page requested by its number.
# Words that occur in a tenth to a fifth of the demo's English posts each.
WORDS = """
    whether paper neighbour lines window compare notebook train author sentences exchange column museum midnight
    return database light grandmother drawer kilometres
""".split()
Requests = Callable[[Server, Content], Iterator[bytes]]


@dataclass(frozen=True)
class Work:
    key: str
    title: str
    requests: Requests
    expected: tuple[int, ...] = (200,)


def first_page(server: Server, content: Content) -> Iterator[bytes]:
    return itertools.repeat(server.request(server.system.posts))


def pages_in_turn(server: Server, content: Content) -> Iterator[bytes]:
    return _in_turn(server, _our_pages(server.address, server.system.posts, 400))


def one_post(server: Server, content: Content) -> Iterator[bytes]:
    return _in_turn(server, [f"{server.system.posts}/{key}" for key in content.ids[:1000]])


def posts_in_turn(server: Server, content: Content) -> Iterator[bytes]:
    return _in_turn(server, [f"{server.system.posts}/{key}" for key in content.ids])


def first_page_signed_in(server: Server, content: Content) -> Iterator[bytes]:
    return itertools.repeat(server.request(server.system.posts, headers=_signed_in(server, content)))


def posts_signed_in(server: Server, content: Content) -> Iterator[bytes]:
    return _in_turn(server, [f"{server.system.posts}/{key}" for key in content.ids], _signed_in(server, content))


def mixed(server: Server, content: Content) -> Iterator[bytes]:
    """30 % the first page, 40 % one post of 10,000, 20 % one signed in, 10 % new posts: the same order for each."""
    chance = random.Random(9)
    kinds = [
        (30, first_page(server, content)),
        (40, posts_in_turn(server, content)),
        (20, posts_signed_in(server, content)),
        (10, new_post(server, content)),
    ]
    weights, requests = zip(*kinds, strict=True)
    while True:
        yield next(chance.choices(requests, weights)[0])


def new_post(server: Server, content: Content, chance: random.Random | None = None) -> Iterator[bytes]:
    signed_in = _signed_in(server, content)
    chance, run = chance or random.Random(), f"{time.time_ns():x}"
    for number in itertools.count():
        post = {"title": f"Benchmark {run} {number}", "body": content.body, "tags": chance.sample(content.tags, 3)}
        yield server.request(server.system.posts, method="POST", body=json.dumps(post).encode(), headers=signed_in)


def deep_page(server: Server, content: Content) -> Iterator[bytes]:
    return itertools.repeat(server.request(deep_path(server, content)))


def deep_number(server: Server, content: Content) -> Iterator[bytes]:
    return itertools.repeat(server.request(f"/numbered?page={content.depth // 20 + 1}"))


def found_posts(server: Server, content: Content) -> Iterator[bytes]:
    chance = random.Random(1)
    pairs = [(chance.choice(content.authors), chance.choice(WORDS)) for _ in range(500)]
    return _in_turn(
        server, [f"{server.system.posts}?{urlencode({'author': name, 'search': word})}" for name, word in pairs]
    )


def unchanged_page(server: Server, content: Content) -> Iterator[bytes]:
    tag = server.get(server.system.posts).header("ETag")
    return itertools.repeat(server.request(server.system.posts, headers={"If-None-Match": tag}))


WORKS = (
    Work("W1", "list of 20", first_page),
    Work("W2", "one post", one_post),
    Work("W4", "page at 90 %", deep_page),
    Work("W5", "author and search", found_posts),
    Work("W6", "list, unchanged", unchanged_page, expected=(304,)),
    Work("W7", "list of 20, signed in", first_page_signed_in),
    Work("W8", "one post, signed in", posts_signed_in),
    # Those that write run last, so that the other workloads find the loaded rows.
    Work("W9", "mixed, 10 % writes", mixed, expected=(200, 201)),
    Work("W3", "create, 3 tags", new_post, expected=(201,)),
)


def _in_turn(server: Server, paths: Iterable[str], headers: Mapping[str, str] | None = None) -> Iterator[bytes]:
    """Repeat the paths in turn."""
    return itertools.cycle([server.request(path, headers=headers) for path in paths])


def _signed_in(server: Server, content: Content) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(server, content)}"}


@cache
def _our_deep_path(address: load.Address, posts: str, depth: int) -> str:
    """The link after `rows` rows. It follows `next` from the first page, because cursors are signed."""
    *_, path = _our_pages(address, f"{posts}?page_size=100&fields=id", depth // 100)
    # Cursors depend on neither of the two.
    return path.replace("page_size=100&", "").replace("fields=id&", "")


@cache
def _our_pages(address: load.Address, path: str, number: int) -> list[str]:
    """The links to `count` pages after that one, or to all remaining pages."""
    pages = []
    for _ in range(number):
        response = load.fetch(address, f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n".encode())
        following = json.loads(response.body)["next"]
        if following is None:
            break
        parts = urlsplit(following)
        path = urlunsplit(("", "", parts.path, parts.query, ""))
        pages.append(path)
    return pages


def deep_path(server: Server, content: Content) -> str:
    """The page after `content.depth` rows, by a cursor."""
    published_at, key = content.place
    if server.system.name == OURS:
        return _our_deep_path(server.address, server.system.posts, content.depth)
    if server.system.name == DRF:  # Its cursor is a position, in base64.
        cursor = base64.b64encode(urlencode({"p": str(published_at.astimezone(UTC))}).encode()).decode()
    else:
        cursor = base64.urlsafe_b64encode(f"{published_at.isoformat()},{key}".encode()).decode()
    return f"{server.system.posts}?cursor={quote(cursor)}"


_tokens: dict[load.Address, tuple[float, str]] = {}


def token(server: Server, content: Content) -> str:
    if server.system.name == DRF:
        return DRF_TOKEN
    if server.system.name in {FASTAPI, FASTIFY}:
        claims = {"sub": str(content.author_id), "exp": datetime.now(UTC) + timedelta(hours=1)}
        return jwt.encode(claims, SECRET, algorithm="HS256")
    made, known = _tokens.get(server.address, (0.0, ""))
    if time.monotonic() - made < 120:  # Access tokens expire after five minutes, and a round may take longer.
        return known
    body = json.dumps({"username": AUTHOR, "password": PASSWORD}).encode()
    login = server.request("/api/auth/app/v1/auth/login", method="POST", body=body)
    fresh = str(json.loads(load.fetch(server.address, login).body)["meta"]["access_token"])
    _tokens[server.address] = (time.monotonic(), fresh)
    return fresh
