"""The cursors of the change feed: a position, sealed, and bound to the caller and the types."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from api_project.http.listing.cursors import BadCursor
from api_project.journal.feed import Moment, Position, RoleUse, Walk
from api_project.journal.horizon import Horizon
from api_project.journal.views.sealing import seal, unseal

# Cursors of another version have expired. It changes with their content, and with the stages of a walk.
VERSION = 1


def scope_of(caller_id: object, types: Iterable[str]) -> str:
    """The caller and the types that a cursor is bound to. Without types, it is bound to all that there are."""
    return f"changes:{caller_id}:{','.join(sorted(types))}"


def encode(position: Position, *, scope: str, types: Sequence[str]) -> str:
    """A cursor for a walk through these types."""
    walk = position.walk
    content = [
        [VERSION, *types],
        position.generation,
        _moment_content(position.base),
        _roles_content(position.roles, position.base),
        _walk_content(walk) if walk else None,
    ]
    return seal(orjson.dumps(content), purpose=scope)


def decode(text: str, *, scope: str, types: Sequence[str]) -> Position:
    """The position of a cursor. That of an earlier version of the API, which had other types, has expired.

    Raises BadCursor for a forged text, and for a cursor of another caller or of other types.
    """
    try:
        made_for, generation, moment, roles, walk = orjson.loads(unseal(text, purpose=scope))
    except ValueError:
        raise BadCursor from None
    if made_for != [VERSION, *types]:
        return Position(generation="")
    base = _moment(moment)
    return Position(generation, base, _roles(roles, base), _walk(walk))


def _moment_content(moment: Moment | None) -> list[Any] | None:
    return [moment.at, *_horizon_content(moment.horizon)] if moment else None


def _moment(content: list[Any] | None) -> Moment | None:
    if content is None:
        return None
    at, *horizon = content
    return Moment(_horizon(horizon), datetime.fromisoformat(at))


def _horizon_content(horizon: Horizon) -> list[Any]:
    """The open transactions are numbered back from the last one: a server may have hundreds, and a cursor is short."""
    return [horizon.transaction, horizon.id, horizon.at, *(horizon.transaction - each for each in horizon.open)]


def _horizon(content: list[Any]) -> Horizon:
    transaction, key, at, *distances = content
    running = tuple(transaction - each for each in distances)
    return Horizon(transaction, key, at and datetime.fromisoformat(at), running)


def _roles_content(roles: Iterable[RoleUse], moment: Moment | None) -> list[list[Any]]:
    """Most walks have one page. Then the horizon of the role is that of the moment, and left out."""
    return [
        [use.role] if moment and use.horizon == moment.horizon else [use.role, *_horizon_content(use.horizon)]
        for use in roles
    ]


def _roles(content: list[list[Any]], moment: Moment | None) -> tuple[RoleUse, ...]:
    own = moment.horizon if moment else Horizon()
    return tuple(RoleUse(role, _horizon(horizon) if horizon else own) for role, *horizon in content)


def _walk_content(walk: Walk) -> list[Any]:
    return [_moment_content(walk.target), _roles_content(walk.roles, walk.target), walk.stage, walk.after]


def _walk(content: list[Any] | None) -> Walk | None:
    if content is None:
        return None
    moment, roles, stage, after = content
    target = _moment(moment)
    return Walk(target, _roles(roles, target), stage, tuple(after)) if target else None
