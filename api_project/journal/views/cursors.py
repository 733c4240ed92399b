"""The cursors of the change feed: a position, signed, and bound to the caller and the types."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from api_project.http.listing.cursors import BadCursor, sign, unsign
from api_project.journal.feed import Moment, Position, RoleUse, Walk
from api_project.journal.horizon import Horizon


def scope_of(caller_id: object, types: Iterable[str]) -> str:
    """What a cursor is bound to."""
    return f"changes:{caller_id}:{','.join(sorted(types))}"


def encode(position: Position, *, scope: str) -> str:
    walk = position.walk
    content = [
        position.generation,
        _moment_content(position.base),
        _roles_content(position.roles),
        [_moment_content(walk.target), _roles_content(walk.roles), walk.stage, walk.after] if walk else None,
    ]
    return sign(content, query=scope)


def decode(text: str, *, scope: str) -> Position:
    """Raises BadCursor for a forged text, and for a cursor of another caller or of other types."""
    try:
        generation, base, roles, walk = unsign(text, query=scope)
        return Position(generation, _moment(base), _roles(roles), _walk(walk))
    except (ValueError, TypeError):
        raise BadCursor from None


def _moment_content(moment: Moment | None) -> list[Any] | None:
    return [moment.at, *_horizon_content(moment.horizon)] if moment else None


def _moment(content: list[Any] | None) -> Moment | None:
    if content is None:
        return None
    at, *horizon = content
    return Moment(_horizon(horizon), datetime.fromisoformat(at))


def _horizon_content(horizon: Horizon) -> list[Any]:
    return [horizon.transaction, horizon.id, horizon.at, *horizon.open]


def _horizon(content: list[Any]) -> Horizon:
    transaction, key, at, *running = content
    return Horizon(transaction, key, at and datetime.fromisoformat(at), tuple(running))


def _roles_content(roles: Iterable[RoleUse]) -> list[list[Any]]:
    return [[use.role, *_horizon_content(use.horizon)] for use in roles]


def _roles(content: list[list[Any]]) -> tuple[RoleUse, ...]:
    return tuple(RoleUse(role, _horizon(horizon)) for role, *horizon in content)


def _walk(content: list[Any] | None) -> Walk | None:
    if content is None:
        return None
    target, roles, stage, after = content
    moment = _moment(target)
    if moment is None:
        raise BadCursor
    return Walk(moment, _roles(roles), stage, tuple(after))
