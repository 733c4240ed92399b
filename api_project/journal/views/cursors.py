"""The cursors of the change feed: a position, signed, and bound to the caller and the types."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from api_project.http.listing.cursors import BadCursor, sign, unsign
from api_project.journal.feed import Moment, Position, Walk
from api_project.journal.horizon import Horizon


def scope_of(caller_id: object, types: Iterable[str]) -> str:
    """What a cursor is bound to."""
    return f"changes:{caller_id}:{','.join(sorted(types))}"


def encode(position: Position, *, scope: str) -> str:
    walk = position.walk
    content = [
        position.generation,
        _moment_content(position.base),
        position.roles,
        [_moment_content(walk.target), walk.roles, walk.stage, walk.after] if walk else None,
    ]
    return sign(content, query=scope)


def decode(text: str, *, scope: str) -> Position:
    """Raises BadCursor for a forged text, and for a cursor of another caller or of other types."""
    try:
        generation, base, roles, walk = unsign(text, query=scope)
        return Position(generation, _moment(base), tuple(roles), _walk(walk))
    except (ValueError, TypeError):
        raise BadCursor from None


def _moment_content(moment: Moment | None) -> list[Any] | None:
    if moment is None:
        return None
    horizon = moment.horizon
    return [moment.at, horizon.transaction, horizon.id, horizon.at, *horizon.open]


def _moment(content: list[Any] | None) -> Moment | None:
    if content is None:
        return None
    at, transaction, key, last_at, *running = content
    horizon = Horizon(transaction, key, last_at and datetime.fromisoformat(last_at), tuple(running))
    return Moment(horizon, datetime.fromisoformat(at))


def _walk(content: list[Any] | None) -> Walk | None:
    if content is None:
        return None
    target, roles, stage, after = content
    moment = _moment(target)
    if moment is None:
        raise BadCursor
    return Walk(moment, tuple(roles), stage, tuple(after))
