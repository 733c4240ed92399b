"""What campaigns came to: a row each, kept for the table of docs/durability.md when they were run in full."""

import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from math import ceil

from django.db import connection

from tests.torture import report

SHARE = float(os.environ.get("TORTURE") or 0)  # Of a campaign in full; 0 for the short form.
IN_FULL = SHARE > 0
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def rounds(in_full: int, *, otherwise: int = 1) -> range:
    return range(ceil(in_full * SHARE) or otherwise)


@dataclass(frozen=True)
class Result:
    campaign: str
    faults: int
    tries: int  # Requests sent.
    acknowledged: int  # Writes that a client knows to be done.
    doubtful: int  # Writes that a client was never told of.
    lost: int  # Acknowledged writes that are not there.
    duplicated: int  # Posts beyond those that were asked for.
    wrong: list[str]  # Answers other than 2xx, 4xx and 503 with Retry-After, and answers that did not come.
    pause: float  # The longest time without an acknowledged write, in seconds.
    recovery: float | None  # The longest from when it could be served again, until it was.
    statuses: dict[str, int] = field(default_factory=dict)
    engine: str = field(default_factory=lambda: ENGINES[connection.vendor])

    @property
    def faultless(self) -> bool:
        return not (self.lost or self.duplicated or self.doubtful or self.wrong)

    def keep(self) -> "Result":
        """Put it in place of the campaign's earlier row, if this is a run in full."""
        if IN_FULL:
            row = {**asdict(self), "wrong": len(self.wrong), "test": _test(), "date": f"{datetime.now(UTC):%Y-%m-%d}"}
            report.keep({**row, "machine": _machine()})
        return self


def _test() -> str:
    """The one that runs, as pytest is told to run it."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB"
