"""One page of the change feed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from api_project.journal.feed import Change, Limits, Moment, Position, RoleUse, Source, Walk, read_changes
from api_project.journal.generations import adopt_restored_entries
from api_project.journal.registry import Journalled
from api_project.journal.stages import stages
from api_project.journal.state import State, read_state


class CursorExpired(Exception):
    """The client has to start again: entries that it needs were pruned, or a backup was restored."""


@dataclass(frozen=True)
class Page:
    """Changes, each with the position after it, and the position after all of them."""

    changes: list[tuple[Change, Position]]
    position: Position
    has_more: bool


def pull(
    position: Position | None, types: Sequence[Journalled], source: Source, limits: Limits, *, at: datetime
) -> Page:
    """The changes after a position; without one, all that the caller sees.

    If there are no more, the client has exactly what the caller sees at `at`, or at the time of an earlier page if the
    clock of its server was ahead. Raises CursorExpired.
    """
    at = max(at, position.base.at) if position and position.base else at
    state = _checked_state(position, at=at)
    if position and _is_current(position, state, source):
        return Page([], position, has_more=False)
    made: Any = connection
    with made.snapshot():
        return _pull(position, _checked_state(position, at=at), types, source, limits, at=at)


def _pull(
    position: Position | None,
    state: State,
    types: Sequence[Journalled],
    source: Source,
    limits: Limits,
    *,
    at: datetime,
) -> Page:
    position = position or Position(state.generation)
    walk = (position.walk or Walk(Moment(state.horizon, at), ())).read_in(RoleUse(source.role, state.horizon))
    steps, rest = read_changes(stages(types, position, walk, source), walk, source, limits)
    changes = [(step.change, replace(position, walk=step.walk)) for step in steps]
    if rest:
        return Page(changes, replace(position, walk=rest), has_more=True)
    # At the end of a walk over several pages, there may be more in the meantime.
    return Page(changes, Position(state.generation, walk.target, walk.roles), has_more=position.walk is not None)


def _checked_state(position: Position | None, *, at: datetime) -> State:
    read = partial(
        read_state,
        position.anchor if position else None,
        since=position.base.at if position and position.base else at,
        at=at,
    )
    state = read()
    # A transaction sees the entries that it wrote itself, although their number is not reached.
    if state.is_restored and not connection.in_atomic_block:
        adopt_restored_entries()
        state = read()
    if position and not position.is_valid(state):
        raise CursorExpired
    return state


def _is_current(position: Position, state: State, source: Source) -> bool:
    """True if nothing changed for anyone since."""
    if not position.base or position.walk or [use.role for use in position.roles] != [source.role]:
        return False
    return position.base.horizon.is_unchanged(state.horizon) and not state.came_public


class Watch:
    """Tells a process with open streams when to look for changes."""

    def __init__(self) -> None:
        self._last: tuple[str, Moment] | None = None

    def has_news(self) -> bool:
        """True if anything may have changed for anyone since the last call. It does not say what, or for whom."""
        at = timezone.now()
        state = read_state(since=self._last[1].at if self._last else at, at=at)
        last, self._last = self._last, (state.generation, Moment(state.horizon, at))
        if last is None:
            return False
        generation, moment = last
        is_same = generation == state.generation and moment.horizon.is_unchanged(state.horizon)
        return not is_same or state.came_public
