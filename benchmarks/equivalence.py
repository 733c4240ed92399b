"""Checks that all systems respond alike, before the benchmark measures anything."""

import json
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

import load
from content import Content
from systems import OURS, Server
from workloads import deep_path, found_posts, new_post

LINKS = {"next", "previous"}  # Fields that each system writes in its own way.
# Fields that each system creates by itself.
CREATED = {"id", "slug", "title", "published_at", "created_at", "updated_at"}


def check(servers: list[Server], content: Content) -> None:
    """Stop if a peer's JSON differs from this API's in more than its links. New posts stay in the database."""
    _check(servers, content, _first_page, _one_post, _deep_page, _found, _created)


def check_reading(servers: list[Server], content: Content) -> None:
    """Compare the list and a single post."""
    _check(servers, content, _first_page, _one_post)


def _check(servers: list[Server], content: Content, *kinds: Callable[[Server, Content], Any]) -> None:
    (ours,) = [server for server in servers if server.system.name == OURS]
    for kind in kinds:
        for peer in servers:
            if peer is not ours and (difference := _difference(kind(ours, content), kind(peer, content), "")):
                raise SystemExit(f"{peer.system.name} responds differently: {difference}")


def _first_page(server: Server, content: Content) -> Any:
    return json.loads(server.get(server.system.posts).body)


def _one_post(server: Server, content: Content) -> Any:
    return [json.loads(server.get(f"{server.system.posts}/{key}").body) for key in content.ids[:10]]


def _deep_page(server: Server, content: Content) -> Any:
    return json.loads(server.get(deep_path(server, content)).body)["results"]


def _found(server: Server, content: Content) -> Any:
    """The results of some searches. They use no words of tags, which only this API searches."""
    requests = found_posts(server, content)
    pages = [json.loads(load.fetch(server.address, next(requests)).body)["results"] for _ in range(10)]
    return [[post["id"] for post in page] for page in pages]


def _created(server: Server, content: Content) -> Any:
    response = load.fetch(server.address, next(new_post(server, content, random.Random(1))))
    if response.status != 201:
        raise load.Failed(f"{server.system.name} responded {response.status} to a new post: {response.body[:500]!r}")
    post = json.loads(response.body)
    if json.loads(server.get(f"{server.system.posts}/{post['id']}").body)["tags"] != post["tags"]:
        raise load.Failed(f"{server.system.name} did not keep the tags of a new post")
    return {name: bool(value) if name in CREATED else value for name, value in post.items()}


def _difference(ours: Any, theirs: Any, where: str) -> str:
    """The first difference of two JSON values; empty if they are equal."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() != theirs.keys():
            return f"{where}: members {sorted(ours)} and {sorted(theirs)}"
        pairs = ((f"{where}/{name}", ours[name], theirs[name]) for name in ours if name not in LINKS)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = ((f"{where}/{at}", *both) for at, both in enumerate(zip(ours, theirs, strict=True)))
    else:
        return "" if _comparable(ours, where) == _comparable(theirs, where) else f"{where}: {ours!r} and {theirs!r}"
    return next(filter(None, (_difference(a, b, name) for name, a, b in pairs)), "")


def _comparable(value: Any, where: str) -> Any:
    """Times as instants: some systems omit zeros."""
    return datetime.fromisoformat(value) if where.endswith("_at") and isinstance(value, str) else value
