"""One page of the change feed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from api_project.journal.feed import Change, Limits, Moment, Position, RoleUse, Source, Walk, read_changes
from api_project.journal.generations import adopt_restored_entries
from api_project.journal.horizon import State, read_state
from api_project.journal.interval import came_public
from api_project.journal.registry import Journalled, all_journalled
from api_project.journal.stages import stages


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
    state = _checked_state(position)
    at = max(at, position.base.at) if position and position.base else at
    if position and position.base and _is_current(position, position.base, state, source, at=at):
        return Page([], replace(position, base=replace(position.base, at=at)), has_more=False)
    made: Any = connection
    with made.snapshot():
        return _pull(position, _checked_state(position), types, source, limits, at=at)


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


def _checked_state(position: Position | None) -> State:
    state = read_state(position.anchor if position else None)
    # A transaction sees the entries that it wrote itself, although their number is not reached.
    if state.is_restored and not connection.in_atomic_block:
        adopt_restored_entries()
        state = read_state(position.anchor if position else None)
    if position and not position.is_valid(state):
        raise CursorExpired
    return state


def _is_current(position: Position, base: Moment, state: State, source: Source, *, at: datetime) -> bool:
    """True if nothing changed for anyone since."""
    if position.walk or [use.role for use in position.roles] != [source.role]:
        return False
    return base.horizon.is_unchanged(state.horizon) and not _came_public_between(base.at, at)


class Watch:
    """Tells a process with open streams when to look for changes."""

    def __init__(self) -> None:
        self._last: tuple[str, Moment] | None = None

    def has_news(self) -> bool:
        """True if anything may have changed for anyone since the last call. It does not say what, or for whom."""
        state, at = read_state(), timezone.now()
        last, self._last = self._last, (state.generation, Moment(state.horizon, at))
        if last is None:
            return False
        generation, moment = last
        is_same = generation == state.generation and moment.horizon.is_unchanged(state.horizon)
        return not is_same or _came_public_between(moment.at, at)


def _came_public_between(begin: datetime, end: datetime) -> bool:
    return any(came_public(each, begin, end).exists() for each in all_journalled() if each.public_from)
