"""Reads from a replica, once it has replayed everything that the primary had written when the request came.

Before a request reads, it fetches the position of the primary's log and checks that the replica has replayed the log
up to there. So a reader sees every write that was acknowledged before, their own and everybody else's. No session has
to remember its writes, and no entity tag goes back. (Raft's ReadIndex: Ongaro, "Consensus: Bridging Theory and
Practice", §6.4.)
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

# Seconds in which no request tries the replica: after it lagged behind, and after an error.
LAG_COOLDOWN, ERROR_COOLDOWN = 1, 5
# Seconds to wait before each check of the replica's position: most writes arrive after a millisecond or two.
POLL_DELAYS = (0, 0.001, 0.002, 0.004)

# With `synchronous_commit` on, a commit becomes visible only after it is flushed.
_FLUSH_LSN = """
    SELECT system_identifier, left(pg_walfile_name(pg_current_wal_flush_lsn()), 8), pg_current_wal_flush_lsn()::text
    FROM pg_control_system()
"""
# A position is comparable only within one cluster and one timeline: on another timeline it may belong to writes that
# were lost with an earlier primary. The control file learns of a new timeline late, but is never wrong.
_HAS_REPLAYED = """
    SELECT pg_is_in_recovery() AND system_identifier = %s::bigint
    AND lpad(upper(to_hex(greatest(timeline_id, min_recovery_end_timeline))), 8, '0') = %s::text
    AND pg_last_wal_replay_lsn() >= %s::pg_lsn
    FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery()
"""

_reads_go_to = ContextVar("reads_go_to", default=PRIMARY)


@dataclass
class Cooldown:
    """A time in which something is not tried. It has expired at first."""

    until: float = 0.0

    def begin(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    def end(self) -> None:
        self.until = 0.0

    @property
    def has_expired(self) -> bool:
        return time.monotonic() >= self.until


_cooldown = Cooldown()


@contextmanager
def request_scope() -> Iterator[None]:
    """Reads inside it go to the primary until `route_reads_to_replica` is called."""
    before = _reads_go_to.set(PRIMARY)
    try:
        yield
    finally:
        _reads_go_to.reset(before)


def route_reads_to_replica() -> None:
    """Send the remaining reads of the request to the replica, if there is one and it is up to date."""
    if REPLICA in connections.settings and _cooldown.has_expired:
        position = execute(PRIMARY, _FLUSH_LSN, ())[0]
        try:
            if _has_replayed(position):
                _reads_go_to.set(REPLICA)
        except DatabaseError as error:
            _abandon_replica(error)


def reads_from_primary() -> bool:
    return _reads_go_to.get() == PRIMARY


def read(sql: str, parameters: Sequence[Any], *, custom_plan: bool) -> list[Row]:
    """The rows of a query, from the database that the request reads from."""
    if not reads_from_primary():
        try:
            return fetch(REPLICA, sql, parameters, custom_plan=custom_plan)
        except DatabaseError as error:  # For example, the replica cancelled it to replay a conflicting change.
            if is_overdue(error):  # The primary would take as long.
                raise
            _abandon_replica(error)
    return execute(PRIMARY, sql, parameters, custom_plan=custom_plan)


def _has_replayed(position: Row) -> bool:
    if _cooldown.until or connections[REPLICA].connection is None:
        _cooldown.begin(ERROR_COOLDOWN)  # Until this request has connected, others do not try.
    for seconds in POLL_DELAYS:
        time.sleep(seconds)
        if fetch(REPLICA, _HAS_REPLAYED, position)[0][0]:
            _cooldown.end()
            return True
    _cooldown.begin(LAG_COOLDOWN)
    return False


def _abandon_replica(error: DatabaseError) -> None:
    """Read from the primary for the rest of the request: a new connection may lead to another, older replica."""
    log.warning("replica_unavailable", error=str(error).strip())
    _reads_go_to.set(PRIMARY)
    _cooldown.begin(ERROR_COOLDOWN)
    connections[REPLICA].close()
