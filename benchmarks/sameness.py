"""Whether all systems answer alike, before anything is measured."""

import json
from datetime import datetime
from typing import Any

from content import Content
from systems import OURS, Server
from works import deep_path

LINKS = {"next", "previous"}  # Each system writes its own.


def check(servers: list[Server], content: Content, *, deep: bool = True) -> None:
    """Stop where a peer's JSON is another than this API's, but for its links."""
    (ours,) = [server for server in servers if server.system.name == OURS]
    for peer in servers:
        for kind in (_first_page, _one_post, *([_deep_page] if deep else [])):
            if peer is not ours and (difference := _difference(kind(ours, content), kind(peer, content), "")):
                raise SystemExit(f"{peer.system.name} answers something else: {difference}")


def _first_page(server: Server, content: Content) -> Any:
    return json.loads(server.get(server.system.posts).body)


def _one_post(server: Server, content: Content) -> Any:
    return json.loads(server.get(f"{server.system.posts}/{content.ids[0]}").body)


def _deep_page(server: Server, content: Content) -> Any:
    return json.loads(server.get(deep_path(server, content)).body)["results"]


def _difference(ours: Any, theirs: Any, where: str) -> str:
    """The first difference of two JSON values; empty when there is none."""
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
    """Times by what they mean: some systems leave zeros out."""
    return datetime.fromisoformat(value) if where.endswith("_at") and isinstance(value, str) else value
