"""Reads from a replica, as soon as it has all that the primary had when they came.

How far its log is, the primary is asked before anything is read; whether it has replayed that much, the replica. So a
reader meets every write that was answered before, their own and anybody's: nobody has to remember who wrote what, and
no entity tag goes back. (Raft's ReadIndex: Ongaro, "Consensus: Bridging Theory and Practice", §6.4.)
"""

import time
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from api_project.db.errors import is_overdue
from api_project.db.execution import Row, execute, fetch

log = structlog.get_logger(__name__)

PRIMARY, REPLICA = DEFAULT_DB_ALIAS, "replica"

# Seconds for which the replica is left alone.
BEHIND, AWAY = 1, 5
# Seconds to wait before each look at how far it is: most writes have arrived after a millisecond or two.
LOOKS = (0, 0.001, 0.002, 0.004)

# What is committed with `synchronous_commit` on can be seen once it is flushed, not before.
_PLACE = """
    SELECT system_identifier, left(pg_walfile_name(pg_current_wal_flush_lsn()), 8), pg_current_wal_flush_lsn()::text
    FROM pg_control_system()
"""
# A place says nothing in the log of another cluster, nor on another timeline: there it may be of writes that were lost
# with an earlier primary. What the control file says of the timeline comes late, but is true.
_HAS_REPLAYED = """
    SELECT pg_is_in_recovery() AND system_identifier = %s::bigint
    AND lpad(upper(to_hex(greatest(timeline_id, min_recovery_end_timeline))), 8, '0') = %s::text
    AND pg_last_wal_replay_lsn() >= %s::pg_lsn
    FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery()
"""

_reads_go_to = ContextVar("reads_go_to", default=PRIMARY)


@dataclass
class _Rest:
    until: float = 0.0

    def begin(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    def end(self) -> None:
        self.until = 0.0

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until


_rest = _Rest()


class OneRequest:
    """What is read in here is read from the primary until `prefer_replica` says otherwise."""

    def __enter__(self) -> None:
        self._before = _reads_go_to.set(PRIMARY)

    def __exit__(self, *error: object) -> None:
        _reads_go_to.reset(self._before)


def prefer_replica() -> None:
    """Read what the request still reads from the replica, if there is one and it is as far as the primary is."""
    if REPLICA in connections.settings and _rest.is_over:
        place = execute(PRIMARY, _PLACE, ())[0]
        try:
            if _has_replayed(place):
                _reads_go_to.set(REPLICA)
        except DatabaseError as error:
            _leave(error)


def reads_from_primary() -> bool:
    return _reads_go_to.get() == PRIMARY


def read(sql: str, parameters: Sequence[Any], *, planned_anew: bool) -> list[Row]:
    """The rows of a query, from where the request reads."""
    if not reads_from_primary():
        try:
            return fetch(REPLICA, sql, parameters, planned_anew=planned_anew)
        except DatabaseError as error:  # Such as one that is in the way of what the replica has to replay.
            if is_overdue(error):  # It would take the primary as long.
                raise
            _leave(error)
    return execute(PRIMARY, sql, parameters, planned_anew=planned_anew)


def _has_replayed(place: Row) -> bool:
    if _rest.until or connections[REPLICA].connection is None:
        _rest.begin(AWAY)  # While this request finds out whether the replica is there, others need not.
    for seconds in LOOKS:
        time.sleep(seconds)
        if fetch(REPLICA, _HAS_REPLAYED, place)[0][0]:
            _rest.end()
            return True
    _rest.begin(BEHIND)
    return False


def _leave(error: DatabaseError) -> None:
    """A new connection may lead to another server, so that this request asks no more of the replica."""
    log.warning("replica_unavailable", error=str(error).strip())
    _reads_go_to.set(PRIMARY)
    _rest.begin(AWAY)
    connections[REPLICA].close()
