"""Reads from a replica, as soon as it has all that the primary had when they came.

How far its log is, the primary is asked before anything is read; whether it has replayed that much, the replica. So a
reader meets every write that was answered before, their own and anybody's: nobody has to remember who wrote what, and
no entity tag goes back. (Raft's ReadIndex: Ongaro, "Consensus: Bridging Theory and Practice", §6.4.)
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
LAG_COOLDOWN, ERROR_COOLDOWN = 1, 5
# Seconds to wait before each look at how far it is: most writes have arrived after a millisecond or two.
POLL_DELAYS = (0, 0.001, 0.002, 0.004)

# What is committed with `synchronous_commit` on can be seen once it is flushed, not before.
_FLUSH_LSN = """
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
class Cooldown:
    until: float = 0.0

    def begin(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    def end(self) -> None:
        self.until = 0.0

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until


_cooldown = Cooldown()


@contextmanager
def request_scope() -> Iterator[None]:
    """What is read in here is read from the primary until `route_reads_to_replica` says otherwise."""
    before = _reads_go_to.set(PRIMARY)
    try:
        yield
    finally:
        _reads_go_to.reset(before)


def route_reads_to_replica() -> None:
    """Read what the request still reads from the replica, if there is one and it is as far as the primary is."""
    if REPLICA in connections.settings and _cooldown.is_over:
        position = execute(PRIMARY, _FLUSH_LSN, ())[0]
        try:
            if _has_replayed(position):
                _reads_go_to.set(REPLICA)
        except DatabaseError as error:
            _abandon_replica(error)


def reads_from_primary() -> bool:
    return _reads_go_to.get() == PRIMARY


def read(sql: str, parameters: Sequence[Any], *, custom_plan: bool) -> list[Row]:
    """The rows of a query, from where the request reads."""
    if not reads_from_primary():
        try:
            return fetch(REPLICA, sql, parameters, custom_plan=custom_plan)
        except DatabaseError as error:  # Such as one that is in the way of what the replica has to replay.
            if is_overdue(error):  # It would take the primary as long.
                raise
            _abandon_replica(error)
    return execute(PRIMARY, sql, parameters, custom_plan=custom_plan)


def _has_replayed(position: Row) -> bool:
    if _cooldown.until or connections[REPLICA].connection is None:
        _cooldown.begin(ERROR_COOLDOWN)  # While this request finds out whether the replica is there, others need not.
    for seconds in POLL_DELAYS:
        time.sleep(seconds)
        if fetch(REPLICA, _HAS_REPLAYED, position)[0][0]:
            _cooldown.end()
            return True
    _cooldown.begin(LAG_COOLDOWN)
    return False


def _abandon_replica(error: DatabaseError) -> None:
    """A new connection may lead to another server, so that this request asks no more of the replica."""
    log.warning("replica_unavailable", error=str(error).strip())
    _reads_go_to.set(PRIMARY)
    _cooldown.begin(ERROR_COOLDOWN)
    connections[REPLICA].close()
