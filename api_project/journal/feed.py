"""The change feed, without HTTP: all changes for a caller since a position.

A client holds what the caller could see when its position was made. A page gives what the client has to insert,
replace and delete to hold what the caller can see now. Its data are always the current ones, so that the order of
entries does not matter: each entry only names a resource to look at. `stages` has all that may change what a caller
sees.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet

from api_project.journal.horizon import Horizon
from api_project.journal.state import State

# What a page may cost: looking at a candidate costs one. It ends when it has cost that much, even without a result.
MAX_COST = 2000
# Each batch may be twice as large as the one before, so that a page whose candidates are no changes takes few queries.
MAX_BATCH = 128


@dataclass(frozen=True)
class Moment:
    """The entries that the journal showed to a page, and the time of it."""

    horizon: Horizon
    at: datetime


@dataclass(frozen=True)
class RoleUse:
    """A role that the caller had, and what the journal showed to the last page that the client read in it."""

    role: str
    horizon: Horizon


@dataclass(frozen=True)
class Walk:
    """The way of a client to a moment, over several pages.

    `stage` and `after` say how far it is. `roles` are those that the caller has had on the way.
    """

    target: Moment
    roles: tuple[RoleUse, ...]
    stage: int = 0
    after: tuple[Any, ...] = ()

    def read_in(self, use: RoleUse) -> "Walk":
        """The same walk after a page that is read in that role."""
        others = [each for each in self.roles if each.role != use.role]
        at = next((number for number, each in enumerate(self.roles) if each.role == use.role), len(others))
        return replace(self, roles=(*others[:at], use, *others[at:]))


@dataclass(frozen=True)
class Position:
    """The content of a client: all that the caller saw at a moment, in one of these roles. Empty without a moment."""

    generation: str
    base: Moment | None = None
    roles: tuple[RoleUse, ...] = ()
    walk: Walk | None = None

    @property
    def anchor(self) -> Horizon:
        """The horizon whose last entry has to be there."""
        moment = self.walk.target if self.walk else self.base
        return moment.horizon if moment else Horizon()

    def is_valid(self, state: State) -> bool:
        """False if entries that the client needs were pruned, or if a backup was restored."""
        oldest = self.base.horizon if self.base else self.anchor
        return self.generation == state.generation and oldest.has_all(state.pruned) and state.has_anchor


@dataclass(frozen=True)
class Candidate:
    """A resource that may have changed for the caller. The stage continues after `after`."""

    name: str
    key: UUID
    at: datetime
    after: tuple[Any, ...]
    was_visible: bool = False
    is_private: bool = False  # Nothing changed that the feed shows.


@dataclass(frozen=True)
class Change:
    """A resource as the caller sees it now; without data, they see it no longer."""

    name: str
    key: UUID
    at: datetime
    data: dict[str, Any] | None


class Source(Protocol):
    """The resources that a caller may see, and their representation."""

    caller_id: Any
    role: str

    def visible(self, name: str, role: str, *, at: datetime) -> QuerySet[Any]:
        """The resources of a type that the caller would see in that role, at that time."""

    def read(self, name: str, keys: Sequence[UUID], *, at: datetime) -> dict[UUID, dict[str, Any]]:
        """The representations of those of the resources that the caller sees at that time."""


@dataclass(frozen=True)
class Batch:
    """Some candidates. The stage continues after `after`; it has ended if that is None."""

    candidates: Sequence[Candidate]
    after: tuple[Any, ...] | None
    cost: int = 0  # Besides the candidates.


class Stage(Protocol):
    def candidates(self, after: tuple[Any, ...], limit: int) -> Batch:
        """The next candidates after a position in this stage, at most that many."""


@dataclass(frozen=True)
class Limits:
    """A page has at most so many changes, and so many bytes by `size_of`; but one change at least."""

    count: int
    max_bytes: int
    size_of: Callable[[Change], int]


@dataclass(frozen=True)
class Step:
    """A change, and the walk that continues after it."""

    change: Change
    walk: Walk


def read_changes(stages: Sequence[Stage], walk: Walk, source: Source, limits: Limits) -> tuple[list[Step], Walk | None]:
    """The next changes on the way, and the rest of the way; None if it ends here."""
    changes: dict[tuple[str, UUID], Step] = {}
    size = cost = 0
    batch_sizes = _batch_sizes(limits)
    while walk.stage < len(stages):
        if len(changes) >= limits.count or cost >= MAX_COST:
            return list(changes.values()), walk
        batch = stages[walk.stage].candidates(walk.after, next(batch_sizes))
        for candidate, change in _looked_at(batch.candidates, source, at=walk.target.at):
            if len(changes) >= limits.count:
                return list(changes.values()), walk
            if change and (change.name, change.key) not in changes:
                size += limits.size_of(change)
                if changes and size > limits.max_bytes:
                    return list(changes.values()), walk
                changes[change.name, change.key] = Step(change, replace(walk, after=candidate.after))
            walk = replace(walk, after=candidate.after)
        cost += batch.cost + len(batch.candidates)
        stage = walk.stage if batch.after is not None else walk.stage + 1
        walk = replace(walk, stage=stage, after=batch.after or ())
    return list(changes.values()), None


def _batch_sizes(limits: Limits) -> Iterator[int]:
    """The largest number of candidates in the batches of a page."""
    size = limits.count
    while True:
        yield min(size, MAX_BATCH)
        size *= 2


def _looked_at(
    candidates: Sequence[Candidate], source: Source, *, at: datetime
) -> Iterator[tuple[Candidate, Change | None]]:
    """Each candidate, with what the client has to do about it."""
    keys: dict[str, dict[UUID, None]] = {}
    for candidate in candidates:
        keys.setdefault(candidate.name, {})[candidate.key] = None
    found = {name: source.read(name, list(each), at=at) for name, each in keys.items()}
    for each in candidates:
        data = found[each.name].get(each.key)
        is_change = (data is not None or each.was_visible) and not each.is_private
        yield each, Change(each.name, each.key, each.at, data) if is_change else None
